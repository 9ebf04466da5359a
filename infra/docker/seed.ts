import { ensureAdministrator } from '@thaw/api/accounts/ensureAdministrator';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { findKey } from '@thaw/api/auth/findKey';
import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase } from '@thaw/db/client';
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

/** What the containers need before they can work: schema, bucket, administrator, worker token, built-in data. Done twice it changes nothing. */
const own = z.object({ THAW_ADMIN_EMAIL: z.email(), THAW_ADMIN_PASSWORD: z.string().min(12), THAW_WORKER_TOKEN_FILE: z.string().min(1) });

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

async function seed(): Promise<void> {
  const settings = own.safeParse(process.env);
  if (!settings.success) throw new UsageError(`The set-up needs:\n${settings.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`).join('\n')}`);
  const { THAW_ADMIN_EMAIL: email, THAW_ADMIN_PASSWORD: password, THAW_WORKER_TOKEN_FILE: tokenFile } = settings.data;
  const { databaseUrl, storage: s3 } = readStackEnvironment(process.env);
  if (databaseUrl === null || s3 === null) throw new UsageError('The set-up needs DATABASE_URL and S3_ENDPOINT.');

  await Promise.all([migrate(databaseUrl, { waitSeconds: 60 }), waitForStorage(s3)]);
  const db = openDatabase({ url: databaseUrl, name: 'thaw-setup', max: 2 });
  const storage = openStorage(s3);
  try {
    const { id: ownerId, hasPassword } = await ensureAdministrator({ db }, { email, name: 'Administrator', password });
    if (!hasPassword) console.error(`setup: ${email} has chosen another password than THAW_ADMIN_PASSWORD`);
    const token = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : null;
    if (token === null || (await findKey(db, token)) === null) {
      writePrivateFile(tokenFile, `${(await createApiKey({ db }, { ownerId, name: 'workers of this machine', scopes: ['worker'] })).key}\n`);
    }
    await importBuiltIns({ db, storage }, readSetupPaths());
  } finally {
    storage.close();
    await closeDatabase(db);
  }
  console.error('setup: done');
}

try {
  await seed();
} catch (error) {
  console.error(error instanceof StackError || error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
