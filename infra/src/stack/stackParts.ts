import path from 'node:path';
import postgres from 'postgres';
import { proveWritable, type Storage } from './objectStorage.ts';
import { localDatabaseUrl, startPostgres } from './postgres.ts';
import { localStorage, startSeaweedfs } from './seaweedfs.ts';
import type { ServerProcess } from './serverProcess.ts';
import { requireWeed, type SetupPaths } from './setupPaths.ts';
import { StackError } from './stackError.ts';
import type { StackPorts } from './stackPorts.ts';
import type { StateFolder } from './stateFolder.ts';

type OnStart = (server: ServerProcess) => void;

/** The database: the given one once it answers, or the embedded PostgreSQL. */
export async function databasePart(given: string | null, state: StateFolder, ports: StackPorts, onStart: OnStart): Promise<string> {
  if (given === null) {
    const { url } = await startPostgres({
      directory: state.postgres,
      port: ports.postgres,
      password: state.secrets.postgresPassword,
      logFile: path.join(state.logs, 'postgres.log'),
      onStart,
    });
    return url;
  }
  const sql = postgres(given, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql`select 1`;
  } catch (error) {
    throw new StackError(`The database of DATABASE_URL does not answer: ${error instanceof Error ? error.message : String(error)}. Check the address, user and password.`);
  } finally {
    await sql.end({ timeout: 1 });
  }
  return given;
}

/** What the embedded SeaweedFS of a state folder is made of. */
const storageOf = ({ secrets: { accessKeyId, secretAccessKey } }: StateFolder, { seaweedfs }: StackPorts) => ({ ports: seaweedfs, accessKeyId, secretAccessKey, bucket: 'thaw' });

/** Where database and storage of a state folder are while they run. */
export const embeddedDatabase = ({ secrets }: StateFolder, ports: StackPorts): string => localDatabaseUrl(secrets.postgresPassword, ports.postgres);
export const embeddedStorage = (state: StateFolder, ports: StackPorts): Storage => localStorage(storageOf(state, ports));

/** The S3 server: the given one once it takes an object, or the embedded SeaweedFS. */
export async function storagePart(given: Storage | null, state: StateFolder, ports: StackPorts, paths: SetupPaths, onStart: OnStart): Promise<Storage> {
  if (given === null) {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = await startSeaweedfs({
      binary: requireWeed(paths),
      directory: state.seaweedfs,
      ...storageOf(state, ports),
      logFile: path.join(state.logs, 'seaweedfs.log'),
      onStart,
    });
    return { endpoint, region, bucket, accessKeyId, secretAccessKey };
  }
  try {
    await proveWritable(given);
  } catch (error) {
    const words = error instanceof Error ? error.message || error.name : String(error);
    throw new StackError(`The S3 server of S3_ENDPOINT (${given.endpoint}) does not take an object into the bucket "${given.bucket}": ${words}. Check S3_ENDPOINT, S3_BUCKET and the keys.`);
  }
  return given;
}
