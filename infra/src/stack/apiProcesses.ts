import path from 'node:path';
import type { Storage } from './objectStorage.ts';
import { startServer, waitUntilReady, type ServerProcess } from './serverProcess.ts';
import { repositoryRoot, type SetupPaths } from './setupPaths.ts';
import type { StateFolder } from './stateFolder.ts';

export interface ApiOptions {
  databaseUrl: string;
  storage: Storage;
  port: number;
  /** Browsers reach the API through the dashboard's. */
  dashboardPort: number;
  state: StateFolder;
  paths: SetupPaths;
  workerToken: string;
  /** Workers at a time on this machine. */
  maxWorkers: number;
  onStart: (server: ServerProcess) => void;
}

export const apiUrl = (port: number): string => `http://localhost:${port}`;

const entryPoint = (name: string): string => path.join(repositoryRoot, name);

const storageVariables = ({ endpoint, region, bucket, accessKeyId, secretAccessKey }: Storage) => ({
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_BUCKET: bucket,
  S3_ACCESS_KEY_ID: accessKeyId,
  S3_SECRET_ACCESS_KEY: secretAccessKey,
});

/** Starts the API server and waits until it says that database and storage are reachable. */
export async function startApi(options: ApiOptions): Promise<void> {
  const logFile = path.join(options.state.logs, 'api.log');
  const server = await startServer({
    name: 'The API server',
    command: process.execPath,
    args: [entryPoint('apps/api/src/server.ts')],
    logFile,
    cwd: repositoryRoot,
    env: {
      AUTH_SECRET: options.state.secrets.authSecret,
      PUBLIC_URL: apiUrl(options.dashboardPort),
      TRUSTED_ORIGINS: `http://127.0.0.1:${options.dashboardPort}`,
      // The dashboard passes requests on from here, and says from whom.
      TRUSTED_PROXIES: '127.0.0.1',
      MODEL_CACHE_DIR: path.join(options.paths.cache, 'models'),
      ...process.env,
      DATABASE_URL: options.databaseUrl,
      ...storageVariables(options.storage),
      HOST: '127.0.0.1',
      PORT: String(options.port),
    },
    stopSignal: 'SIGTERM',
    graceMilliseconds: 5000,
  });
  options.onStart(server);
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${options.port}/readyz`, { signal: AbortSignal.timeout(3000) }).then((reply) => reply.ok, () => false);
  await waitUntilReady(server, logFile, isReady, 60_000);
}

/** A worker that is told to stop saves a checkpoint first; the dispatcher gives it 40 s. */
const dispatcherGraceMilliseconds = 45_000;

/** Starts the dispatcher, which starts workers as runs are queued, and ends them before it ends itself. */
export async function startDispatcher(options: ApiOptions): Promise<void> {
  const server = await startServer({
    name: 'The dispatcher',
    command: process.execPath,
    args: [entryPoint('apps/api/src/dispatcher.ts')],
    logFile: path.join(options.state.logs, 'dispatcher.log'),
    cwd: repositoryRoot,
    env: {
      AUTH_SECRET: options.state.secrets.authSecret,
      ...process.env,
      DATABASE_URL: options.databaseUrl,
      ...storageVariables(options.storage),
      THAW_LAUNCHER: 'process',
      THAW_WORKER_COMMAND: JSON.stringify([process.execPath, entryPoint('workers/gpu/src/main.ts')]),
      THAW_INGEST_COMMAND: JSON.stringify([process.execPath, entryPoint('workers/ingest/src/main.ts')]),
      THAW_TASK_COMMAND: JSON.stringify([process.execPath, entryPoint('workers/gpu/src/taskWorker.ts')]),
      MAX_WORKERS: String(options.maxWorkers),
      THAW_API_URL: `http://127.0.0.1:${options.port}`,
      THAW_WORKER_TOKEN: options.workerToken,
      THAW_WORK_DIR: options.state.work,
      THAW_CACHE_DIR: path.join(options.paths.cache, 'objects'),
    },
    stopSignal: 'SIGTERM',
    graceMilliseconds: dispatcherGraceMilliseconds,
  });
  options.onStart(server);
}
