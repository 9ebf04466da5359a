import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, type ProcessIdentity } from '@thaw/infra/stack/processIdentity';
import { requireFreePorts } from '@thaw/infra/stack/freePorts';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { portCount } from '@thaw/infra/stack/stackPorts';
import type { StackAddresses } from '@thaw/infra/stack/startStack';

/** `npm start` as a process of its own, without npm and, unless `env` names one, without a dashboard. */
export interface StackProcess {
  pid: number;
  exit: Promise<{ code: number | null; output: string }>;
  /** What --json wrote, once it is there; rejects with the output when the process ends before. */
  ready: () => Promise<StackAddresses>;
  kill: (signal: NodeJS.Signals) => void;
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function startStackProcess(state: string, port: number, env: NodeJS.ProcessEnv = {}): StackProcess {
  const json = `${state}.${process.hrtime.bigint()}.json`;
  const args = [path.join(repositoryRoot, 'infra/src/start.ts'), '--state', state, '--port', String(port), '--json', json];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: '', S3_ENDPOINT: '', THAW_DASHBOARD: '', ...env } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  let over = false;
  const exit = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => {
      over = true;
      resolve({ code, output });
    });
  });
  const ready = async (): Promise<StackAddresses> => {
    while (!existsSync(json)) {
      if (over) throw new Error(`the stack ended: ${output}`);
      await pause(50);
    }
    return JSON.parse(readFileSync(json, 'utf8')) as StackAddresses;
  };
  return { pid: child.pid ?? 0, exit, ready, kill: (signal) => void child.kill(signal) };
}

/** The first of as many free ports in a row as a stack may use. */
export async function freePortRange(): Promise<number> {
  for (;;) {
    // Below the range from which systems hand out ports by themselves.
    const first = 12_000 + Math.floor(Math.random() * 18_000);
    const ports = new Map(Array.from({ length: portCount }, (_, i) => [first + i, 'a test']));
    if (await requireFreePorts(ports, '').then(() => true, () => false)) return first;
  }
}

/** The servers that the stack on this state folder has started, by its own record. */
export const recordedProcesses = (state: string): ProcessIdentity[] =>
  JSON.parse(readFileSync(path.join(state, 'processes.json'), 'utf8')) as ProcessIdentity[];

/** Waits until none of them lives. @returns those that still do after `milliseconds` */
export async function survivors(processes: readonly ProcessIdentity[], milliseconds: number): Promise<ProcessIdentity[]> {
  const end = Date.now() + milliseconds;
  while (processes.some(isAlive) && Date.now() < end) await pause(50);
  return processes.filter(isAlive);
}
