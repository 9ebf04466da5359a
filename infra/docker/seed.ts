import { ensureAdministrator } from '@thaw/api/accounts/ensureAdministrator';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { ensureWorkerToken } from '@thaw/api/auth/ensureWorkerToken';
import { findKey } from '@thaw/api/auth/findKey';
import { ApiError } from '@thaw/api/errors';
import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase, type Database } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { proveWritable, type Storage } from '../src/stack/objectStorage.ts';
import { importBuiltIns } from '../src/stack/seedStack.ts';
import { readSetupPaths } from '../src/stack/setupPaths.ts';
import { readStackEnvironment } from '../src/stack/stackEnvironment.ts';
import { StackError, UsageError } from '../src/stack/stackError.ts';
import { writePrivateFile } from '../src/stack/stateFolder.ts';

/**
 * What the containers need before they can work: `access` (schema, bucket, administrator, the workers' token), `data` (CIFAR-10 and ImageNet weights),
 * or both where nothing is said. Done twice it changes nothing.
 */
const parts = z.enum(['access', 'data']).optional();
const own = z
  .object({ THAW_ADMIN_EMAIL: z.email(), THAW_ADMIN_PASSWORD: z.string().min(12) })
  .and(
    z.union([
      /** The token that workers have been given. */
      z.object({ THAW_WORKER_TOKEN: z.string().min(1) }),
      /** Where the token that is made here is to be. */
      z.object({ THAW_WORKER_TOKEN_FILE: z.string().min(1) }),
    ], { error: 'THAW_WORKER_TOKEN, or THAW_WORKER_TOKEN_FILE for a new one' }),
  );

const storageSeconds = 60;

async function waitForStorage(storage: Storage): Promise<void> {
  for (let second = 0; ; second++) {
    try {
      return await proveWritable(storage);
    } catch (error) {
      if (second >= storageSeconds) throw new StackError(`The storage at ${storage.endpoint} takes no object: ${error instanceof Error ? error.message || error.name : String(error)}.`);
      await sleep(1000);
    }
  }
}

function readOwn(): z.infer<typeof own> {
  const settings = own.safeParse(process.env);
  if (settings.success) return settings.data;
  throw new UsageError(`The set-up needs:\n${settings.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`).join('\n')}`);
}

async function giveAccess(db: Database, settings: z.infer<typeof own>): Promise<void> {
  const { THAW_ADMIN_EMAIL: email, THAW_ADMIN_PASSWORD: password } = settings;
  const { id: ownerId, hasPassword } = await ensureAdministrator({ db }, { email, name: 'Administrator', password });
  if (!hasPassword) console.error(`setup: ${email} has chosen another password than THAW_ADMIN_PASSWORD`);
  if ('THAW_WORKER_TOKEN' in settings) return ensureWorkerToken({ db }, { ownerId, name: 'workers of the set-up', token: settings.THAW_WORKER_TOKEN });
  const { THAW_WORKER_TOKEN_FILE: tokenFile } = settings;
  const token = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : null;
  if (token === null || (await findKey(db, token)) === null) {
    writePrivateFile(tokenFile, `${(await createApiKey({ db }, { ownerId, name: 'workers of this machine', scopes: ['worker'] })).key}\n`);
  }
}

async function seed(): Promise<void> {
  const part = parts.safeParse(process.argv[2]);
  if (!part.success) throw new UsageError('seed.ts [access|data]');
  const settings = part.data === 'data' ? null : readOwn();
  const { databaseUrl, storage: s3 } = readStackEnvironment(process.env);
  if (databaseUrl === null || s3 === null) throw new UsageError('The set-up needs DATABASE_URL and S3_ENDPOINT.');

  await Promise.all([migrate(databaseUrl, { waitSeconds: 60 }), waitForStorage(s3)]);
  const db = openDatabase({ url: databaseUrl, name: 'thaw-setup', max: 2 });
  const storage = openStorage(s3);
  try {
    if (settings !== null) await giveAccess(db, settings);
    if (part.data !== 'access') await importBuiltIns({ db, storage }, readSetupPaths());
  } finally {
    storage.close();
    await closeDatabase(db);
  }
  console.error('setup: done');
}

try {
  await seed();
} catch (error) {
  console.error(error instanceof StackError || error instanceof UsageError || error instanceof ApiError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
