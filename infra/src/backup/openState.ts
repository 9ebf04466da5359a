import { authSecretForm } from '@thaw/api/environment';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '../stack/freePorts.ts';
import { ProcessRecord } from '../stack/leftovers.ts';
import type { Storage } from '../stack/objectStorage.ts';
import { seaweedfsPortNames, type SeaweedfsPorts } from '../stack/seaweedfs.ts';
import type { ServerProcess } from '../stack/serverProcess.ts';
import { readSetupPaths } from '../stack/setupPaths.ts';
import { readStackEnvironment } from '../stack/stackEnvironment.ts';
import { StackError, UsageError } from '../stack/stackError.ts';
import { runningStack, takeStackLock } from '../stack/stackLock.ts';
import { databasePart, embeddedDatabase, embeddedStorage, storagePart } from '../stack/stackParts.ts';
import { stackPorts, type StackPorts } from '../stack/stackPorts.ts';
import { openStateFolder, type StateFolder } from '../stack/stateFolder.ts';
import type { StateSecrets } from './manifest.ts';

/** A deployment whose database and storage answer. */
export interface OpenState {
  databaseUrl: string;
  s3: Storage;
  /** The one in force; null where there is none yet. */
  authSecret: string | null;
  /** The state folder whose secrets its processes use; null where they come from the environment alone. */
  local: StateFolder | null;
  close: () => Promise<void>;
}

export interface OpenOptions {
  stateFolder: string;
  env: NodeJS.ProcessEnv;
  /** A restore may make the state folder, and wants nobody else on it. */
  forRestore: boolean;
  signal: AbortSignal;
}

/**
 * Opens what DATABASE_URL, S3_* and AUTH_SECRET name, and for what they do not name the local stack of a state folder: the running one,
 * or its PostgreSQL and SeaweedFS alone, which end again with `close`.
 * @throws StackError, UsageError
 */
export async function openState({ stateFolder, env, forRestore, signal }: OpenOptions): Promise<OpenState> {
  const given = readStackEnvironment(env);
  const databaseUrl = given.databaseUrl === null ? null : env['DATABASE_DIRECT_URL'] || given.databaseUrl;
  const authSecret = readAuthSecret(env);
  const { storage } = given;
  if (databaseUrl !== null && storage !== null && (authSecret !== null || forRestore)) return { databaseUrl, s3: storage, authSecret, local: null, close: () => Promise.resolve() };
  const known = existsSync(path.join(stateFolder, 'secrets.json'));
  if (!known && !forRestore) throw new UsageError(missing(databaseUrl, storage, stateFolder));

  const running = runningStack(stateFolder);
  if (running !== null && forRestore) throw new UsageError(`Thaw is running on ${stateFolder}. Stop it, and restore into a new state folder (--state).`);
  const state = openStateFolder(stateFolder);
  // A state folder to restore into has nothing yet that its own is good for.
  const secret = authSecret ?? (forRestore ? null : state.secrets.authSecret);
  if (running !== null) {
    const ports = stackPorts(Number(new URL(running.api).port) - 1);
    return { databaseUrl: databaseUrl ?? embeddedDatabase(state, ports), s3: storage ?? embeddedStorage(state, ports), authSecret: secret, local: state, close: () => Promise.resolve() };
  }
  return { ...(await startParts(state, { databaseUrl, storage }, signal)), authSecret: secret, local: state };
}

function missing(databaseUrl: string | null, storage: Storage | null, stateFolder: string): string {
  if (databaseUrl !== null && storage !== null) return 'AUTH_SECRET is not set. Set it to what the API has: sessions and the secrets of webhooks are worth nothing without it.';
  return `There is no local stack in ${stateFolder}. Name its state folder with --state, or set DATABASE_URL, S3_ENDPOINT and AUTH_SECRET as the API has them.`;
}

function readAuthSecret(env: NodeJS.ProcessEnv): string | null {
  const secret = env['AUTH_SECRET'];
  if (secret === undefined || secret === '') return null;
  if (!authSecretForm.safeParse(secret).success) throw new UsageError('AUTH_SECRET must be 32 characters or more, without spaces: what the API has.');
  return secret;
}

/** What of a state folder is worth keeping: without it the local user and the workers would be others. */
export const secretsOf = ({ secrets: { password, apiKey, workerToken } }: StateFolder, authSecret: string): StateSecrets => ({ authSecret, password, apiKey, workerToken });

/** On ports that are free: nobody else need know them. */
async function startParts(state: StateFolder, given: { databaseUrl: string | null; storage: Storage | null }, signal: AbortSignal): Promise<Pick<OpenState, 'databaseUrl' | 's3' | 'close'>> {
  const lock = takeStackLock(state.path, null);
  const record = new ProcessRecord(state.path);
  const started: ServerProcess[] = [];
  const onStart = (server: ServerProcess): void => {
    started.push(server);
    record.note(server);
  };
  const close = async (): Promise<void> => {
    for (const server of started) await server.stop();
    record.clear();
    lock.release();
  };
  try {
    await record.endLeftovers(() => undefined);
    const [postgres = 0, ...rest] = await freePorts(1 + seaweedfsPortNames.length);
    const seaweedfs = Object.fromEntries(seaweedfsPortNames.map((name, index) => [name, rest[index]])) as SeaweedfsPorts;
    const ports: StackPorts = { dashboard: 0, api: 0, postgres, seaweedfs };
    const parts = await Promise.allSettled([databasePart(given.databaseUrl, state, ports, onStart), storagePart(given.storage, state, ports, readSetupPaths(), onStart)]);
    signal.throwIfAborted();
    const [database, storage] = parts;
    if (database.status === 'rejected') throw database.reason;
    if (storage.status === 'rejected') throw storage.reason;
    return { databaseUrl: database.value, s3: storage.value, close };
  } catch (error) {
    await close();
    throw error instanceof StackError || signal.aborted ? error : new StackError(String(error));
  }
}
