import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '@thaw/infra/stack/freePorts';
import type { Servers } from '../integration/servers.ts';
import { usageOf, type Usage } from './trainer.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** A program that serves HTTP on a port of its own, as a process of its own. */
export interface ServingProcess {
  url: string;
  /** Milliseconds from the start of the process to its first answer. */
  firstAnswer: number;
  usage: () => Usage;
  stop: () => Promise<void>;
}

/** What an API process needs to know of the servers. */
export const apiVariables = ({ databaseUrl, s3 }: Servers): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  S3_ENDPOINT: s3.endpoint,
  S3_REGION: s3.region,
  S3_BUCKET: s3.bucket,
  S3_ACCESS_KEY_ID: s3.accessKeyId,
  S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
  AUTH_SECRET: 'secret-of-the-benchmarks-0123456789abcdef',
  // One person asks for all of them.
  REQUESTS_PER_MINUTE: '0',
});

/** Starts a program with PORT in its environment, and asks it until it answers. @throws with what it said where it ends instead */
export async function startProcess(program: string, env: Record<string, string>, ask: string, headers: Record<string, string> = {}): Promise<ServingProcess> {
  const [port = 0] = await freePorts(1);
  const begun = performance.now();
  const child = spawn(process.execPath, [path.join(root, program)], { env: { ...process.env, LOG_LEVEL: 'warn', NODE_ENV: 'production', ...env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => void said.push(line));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const answered = async (): Promise<boolean> => {
    const reply = await fetch(url + ask, { headers }).catch(() => null);
    await reply?.arrayBuffer();
    return reply?.ok === true;
  };
  while (!(await answered())) {
    if (child.exitCode !== null || performance.now() - begun > 60_000) throw new Error(`${program} does not serve:\n${said.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    url,
    firstAnswer: performance.now() - begun,
    usage: () => usageOf(child.pid as number),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
