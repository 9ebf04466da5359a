import path from 'node:path';
import { startServer, waitUntilReady, type ServerProcess } from './serverProcess.ts';
import type { StateFolder } from './stateFolder.ts';

export interface DashboardOptions {
  /** Its server.js, as the set-up has built it. */
  server: string;
  port: number;
  apiPort: number;
  /** Where browsers send uploads to. */
  storage: string;
  state: StateFolder;
  onStart: (server: ServerProcess) => void;
}

/** Starts the dashboard and waits until it answers. */
export async function startDashboard({ server: file, port, apiPort, storage, state, onStart }: DashboardOptions): Promise<void> {
  const logFile = path.join(state.logs, 'dashboard.log');
  const server = await startServer({
    name: 'The dashboard',
    command: process.execPath,
    args: [file],
    logFile,
    cwd: path.dirname(file),
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      HOSTNAME: '127.0.0.1',
      PORT: String(port),
      THAW_API_URL: `http://127.0.0.1:${apiPort}`,
      THAW_STORAGE_ORIGINS: new URL(storage).origin,
    },
    stopSignal: 'SIGTERM',
    graceMilliseconds: 5000,
  });
  onStart(server);
  const isReady = (): Promise<boolean> => fetch(`http://127.0.0.1:${port}/icon.svg`, { signal: AbortSignal.timeout(3000) }).then((reply) => reply.ok, () => false);
  await waitUntilReady(server, logFile, isReady, 60_000);
}
