import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isWritable, type Storage } from './objectStorage.ts';
import { startServer, waitUntilReady, type ServerProcess } from './serverProcess.ts';
import { StackError } from './stackError.ts';

/** SeaweedFS is four servers in one program, each with its own port and one for gRPC. */
export const seaweedfsPortNames = ['s3', 's3Grpc', 'master', 'masterGrpc', 'volume', 'volumeGrpc', 'filer', 'filerGrpc'] as const;
export type SeaweedfsPorts = Record<(typeof seaweedfsPortNames)[number], number>;

export interface SeaweedfsOptions {
  /** The program `weed`. */
  binary: string;
  directory: string;
  ports: SeaweedfsPorts;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  /** Default: `seaweedfs.log` beside the folder. */
  logFile?: string;
  /** Told as soon as the process is there, long before it is ready. */
  onStart?: (server: ServerProcess) => void;
}

export interface RunningStorage extends Storage {
  process: ServerProcess;
  stop: () => Promise<void>;
}

/** Where the embedded storage is while it runs. */
export const localStorage = ({ ports, bucket, accessKeyId, secretAccessKey }: Pick<SeaweedfsOptions, 'ports' | 'bucket' | 'accessKeyId' | 'secretAccessKey'>): Storage => ({
  endpoint: `http://127.0.0.1:${ports.s3}`,
  region: 'us-east-1',
  bucket,
  accessKeyId,
  secretAccessKey,
});

/**
 * Starts SeaweedFS as an S3 server on 127.0.0.1 and makes the bucket. Its telemetry is off, and so is the filer's HTTP port,
 * which serves objects to anyone.
 */
export async function startSeaweedfs(options: SeaweedfsOptions): Promise<RunningStorage> {
  const { directory, ports, accessKeyId, secretAccessKey } = options;
  const logFile = options.logFile ?? path.join(path.dirname(directory), 'seaweedfs.log');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const config = path.join(directory, 's3.json');
  const identity = { name: 'thaw', credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }], actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] };
  writeFileSync(config, JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  chmodSync(config, 0o600);
  removeSockets(ports);
  const flags = {
    dir: directory,
    ip: '127.0.0.1',
    'ip.bind': '127.0.0.1',
    'master.port': ports.master,
    'master.port.grpc': ports.masterGrpc,
    'master.electionTimeout': '1s',
    'master.telemetry': false,
    'master.volumeSizeLimitMB': 1024,
    'volume.port': ports.volume,
    'volume.port.grpc': ports.volumeGrpc,
    'volume.max': 0,
    'volume.minFreeSpace': 1,
    'volume.preStopSeconds': 0,
    filer: true,
    'filer.port': ports.filer,
    'filer.port.grpc': ports.filerGrpc,
    'filer.disableHttp': true,
    s3: true,
    's3.port': ports.s3,
    's3.port.grpc': ports.s3Grpc,
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    's3.iam': false,
    's3.config': config,
  };
  const server = await startServer({
    name: 'SeaweedFS',
    command: options.binary,
    args: ['-logtostderr=true', 'server', ...Object.entries(flags).map(([key, value]) => `-${key}=${value}`)],
    logFile,
    cwd: directory,
    stopSignal: 'SIGTERM',
    // A clean end takes 15 to 25 s and saves nothing: acknowledged objects survive SIGKILL.
    graceMilliseconds: 1000,
  });
  void server.ended.then(() => removeSockets(ports)).catch(() => undefined);
  const storage = localStorage(options);
  options.onStart?.(server);
  await waitUntilReady(server, logFile, () => isWritable(storage), 60_000);
  return { ...storage, process: server, stop: server.stop };
}

/** It keeps sockets named after its ports in /tmp, whatever TMPDIR says; a stale one that it cannot remove makes it loop for ever. */
function removeSockets(ports: SeaweedfsPorts): void {
  const { s3, s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc } = ports;
  const names = [`s3-${s3}`, `filer-${filer}`, `s3-grpc-${s3Grpc}`, `master-grpc-${masterGrpc}`, `volume-grpc-${volumeGrpc}`, `filer-grpc-${filerGrpc}`];
  for (const socket of [...names, `master-${master}`, `volume-${volume}`].map((name) => `/tmp/seaweedfs-${name}.sock`)) {
    try {
      rmSync(socket, { force: true });
    } catch {
      throw new StackError(`${socket} was left by another user's SeaweedFS and cannot be removed. Remove it, or choose other ports with --port.`);
    }
  }
}
