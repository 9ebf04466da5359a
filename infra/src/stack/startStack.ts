import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { apiUrl, startApi, startDispatcher } from './apiProcesses.ts';
import { startDashboard } from './dashboardProcess.ts';
import { requireFreePorts } from './freePorts.ts';
import { ProcessRecord } from './leftovers.ts';
import type { Storage } from './objectStorage.ts';
import { ensureAccess, importBuiltIns } from './seedStack.ts';
import type { ServerProcess } from './serverProcess.ts';
import type { SetupPaths } from './setupPaths.ts';
import type { StackEnvironment } from './stackEnvironment.ts';
import { takeStackLock } from './stackLock.ts';
import { databasePart, storagePart } from './stackParts.ts';
import { portPurposes, stackPorts } from './stackPorts.ts';
import { openStateFolder } from './stateFolder.ts';

export interface StackOptions {
  /** Absolute path. */
  stateFolder: string;
  firstPort: number;
  environment: StackEnvironment;
  paths: SetupPaths;
  /** Workers at a time. */
  maxWorkers: number;
  log: (line: string) => void;
  /** Aborting ends the start, and what has been started. */
  signal?: AbortSignal;
}

export interface StackAddresses {
  dashboard: string | null;
  api: string;
  /** With which the local user signs in to the dashboard; the password is null where another one was chosen there. */
  email: string;
  password: string | null;
  apiKey: string;
  databaseUrl: string;
  s3: Storage;
}

export interface RunningStack {
  addresses: StackAddresses;
  /** Resolves with a sentence when a part ends by itself. */
  broken: Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Starts the whole product on this machine: PostgreSQL and SeaweedFS (or what the environment names instead), schema, keys,
 * built-in data, API server, dispatcher and dashboard. Resolves when all is ready; where a part fails, everything is stopped again.
 * @throws StackError for what the person can put right.
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { firstPort, environment, paths, log, signal } = options;
  const ports = stackPorts(firstPort);
  const state = openStateFolder(options.stateFolder);
  const lock = takeStackLock(state.path, apiUrl(ports.api));
  const record = new ProcessRecord(state.path);
  const started: ServerProcess[] = [];
  const parts: Promise<unknown>[] = [];
  let stopping: Promise<void> | undefined;
  const onStart = (server: ServerProcess): void => {
    started.push(server);
    record.note(server);
    // Begun before, and there only after, everything was told to stop.
    if (stopping !== undefined) void server.stop();
  };

  const stopAll = async (): Promise<void> => {
    // The last started first: workers can still reach the API, and the API its database.
    for (const server of [...started].reverse()) await server.stop();
    record.clear();
    lock.release();
  };
  const stop = (): Promise<void> => (stopping ??= stopAll());
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work;
    signal?.throwIfAborted();
    log(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  };

  const abort = (): void => void stop();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await record.endLeftovers(log);
    if (!state.postgres.startsWith(state.path)) log(`PostgreSQL's user cannot reach ${state.path}: its data is in ${state.postgres}`);
    const embedded = { postgres: environment.databaseUrl === null, storage: environment.storage === null, dashboard: paths.dashboard !== null };
    await requireFreePorts(portPurposes(ports, embedded), 'Stop that program, or choose other ports with "-- --port N".');
    signal?.throwIfAborted();
    const database = timed(embedded.postgres ? 'PostgreSQL' : 'database', databasePart(environment.databaseUrl, state, ports, onStart));
    const objects = timed(embedded.storage ? 'SeaweedFS' : 'S3 server', storagePart(environment.storage, state, ports, paths, onStart));
    parts.push(database, objects);
    const [databaseUrl, s3] = await Promise.all([database, objects]);
    await timed('schema', migrate(databaseUrl));

    const db = openDatabase({ url: databaseUrl, name: 'thaw-stack', max: 2 });
    const storage = openStorage(s3);
    const { workerToken, ...access } = await ensureAccess(db, state);
    const imports = importBuiltIns({ db, storage }, paths).finally(async () => {
      storage.close();
      await closeDatabase(db);
    });
    const api = { databaseUrl, storage: s3, port: ports.api, dashboardPort: ports.dashboard, state, paths, workerToken, maxWorkers: options.maxWorkers, onStart };
    const dashboard =
      paths.dashboard === null
        ? null
        : timed('dashboard', startDashboard({ server: paths.dashboard, port: ports.dashboard, apiPort: ports.api, storage: s3.endpoint, state, onStart }));
    await Promise.all([timed('built-in data', imports), timed('API', startApi(api)), dashboard]);
    await startDispatcher(api);
    const broken = Promise.race(started.map((server) => server.ended));
    return { addresses: { dashboard: paths.dashboard === null ? null : apiUrl(ports.dashboard), api: apiUrl(ports.api), ...access, databaseUrl, s3 }, broken, stop };
  } catch (error) {
    await stop();
    // What was being made when we were told to stop (initdb cannot be cut short) has come to its end, and has been stopped in turn.
    await Promise.allSettled(parts);
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
