import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { isWritable } from './objectStorage.ts';
import type { RunningStorage } from './seaweedfs.ts';
import { startServer, waitUntilReady } from './serverProcess.ts';

export interface MinioOptions {
  /** The program `minio`; see findMinio. */
  binary: string;
  directory: string;
  ports: { s3: number; console: number };
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  /** Default: `minio.log` beside the folder. */
  logFile?: string;
}

/** Starts MinIO on 127.0.0.1 and makes the bucket. */
export async function startMinio(options: MinioOptions): Promise<RunningStorage> {
  const { directory, ports, accessKeyId, secretAccessKey } = options;
  const logFile = options.logFile ?? path.join(path.dirname(directory), 'minio.log');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const server = await startServer({
    name: 'MinIO',
    command: options.binary,
    args: ['server', '--quiet', '--address', `127.0.0.1:${ports.s3}`, '--console-address', `127.0.0.1:${ports.console}`, directory],
    logFile,
    env: {
      ...process.env,
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      MINIO_CALLHOME_ENABLE: 'off',
      MINIO_PROMETHEUS_AUTH_TYPE: 'jwt',
    },
    stopSignal: 'SIGTERM',
    graceMilliseconds: 5000,
  });
  const storage = { endpoint: `http://127.0.0.1:${ports.s3}`, region: 'us-east-1', bucket: options.bucket, accessKeyId, secretAccessKey };
  await waitUntilReady(server, logFile, () => isWritable(storage), 60_000);
  return { ...storage, process: server, stop: server.stop };
}
