import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findMinio } from '@thaw/infra/stack/findMinio';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { startMinio } from '@thaw/infra/stack/minio';
import type { Storage } from '@thaw/infra/stack/objectStorage';
import { startPostgres, type RunningPostgres } from '@thaw/infra/stack/postgres';
import { seaweedfsPortNames, startSeaweedfs, type RunningStorage, type SeaweedfsPorts } from '@thaw/infra/stack/seaweedfs';
import { requireWeed } from '@thaw/infra/stack/setupPaths';

export type StorageKind = 'minio' | 'seaweedfs';

export interface Servers {
  databaseUrl: string;
  s3: Storage;
  /** Throw-away folder that goes with the servers. */
  folder: string;
  /** Ends PostgreSQL, by force or in good order, and starts it again on the same port. */
  restartDatabase: (how: 'killed' | 'stopped', awayMilliseconds?: number) => Promise<void>;
  stop: () => Promise<void>;
}

const bucket = 'thaw-test';
const credentials = { accessKeyId: 'thaw-test-access', secretAccessKey: 'thaw-test-secret-key' };

/** Why a test that needs this server cannot run here, or null. In CI everything is there. */
export function missingStorage(kind: StorageKind): string | null {
  return kind === 'minio' && findMinio() === null ? 'MinIO is not here: run "npm test" once with Go installed, or set THAW_MINIO' : null;
}

/** A folder of the system's temporary folder that the user PostgreSQL runs as can reach. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** An S3 server alone, on free ports. */
export async function startStorage(kind: StorageKind, folder: string): Promise<RunningStorage> {
  const directory = path.join(folder, kind);
  if (kind === 'minio') {
    const binary = findMinio();
    if (binary === null) throw new Error(missingStorage('minio') ?? '');
    const [s3 = 0, console = 0] = await freePorts(2);
    return startMinio({ binary, directory, ports: { s3, console }, bucket, ...credentials });
  }
  const ports = await freePorts(seaweedfsPortNames.length);
  const named = Object.fromEntries(seaweedfsPortNames.map((name, i) => [name, ports[i]])) as SeaweedfsPorts;
  return startSeaweedfs({ binary: requireWeed(), directory, ports: named, bucket, ...credentials });
}

/** A real PostgreSQL and a real S3 server on free ports with data of their own, for one test file. An empty database: call migrate. */
export async function startServers({ s3, durable = false }: { s3: StorageKind; durable?: boolean }): Promise<Servers> {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  const startDatabase = () => startPostgres({ directory: path.join(folder, 'postgres'), port, password: 'test', durable });
  const started = await Promise.allSettled([startDatabase(), startStorage(s3, folder)]);
  let restarted: RunningPostgres | undefined;
  const stop = async (): Promise<void> => {
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
    await restarted?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const [database, storage] = started;
  if (database.status === 'rejected' || storage.status === 'rejected') {
    await stop();
    throw database.status === 'rejected' ? database.reason : (storage as PromiseRejectedResult).reason;
  }
  const { endpoint, region, accessKeyId, secretAccessKey } = storage.value;
  const restartDatabase: Servers['restartDatabase'] = async (how, awayMilliseconds = 0) => {
    const running = restarted ?? database.value;
    // The group: its children would go on and hold the memory.
    if (how === 'killed') process.kill(-running.process.pid, 'SIGKILL');
    await running.stop();
    await new Promise((resolve) => setTimeout(resolve, awayMilliseconds));
    restarted = await startDatabase();
  };
  return { databaseUrl: database.value.url, s3: { endpoint, region, bucket, accessKeyId, secretAccessKey }, folder, restartDatabase, stop };
}
