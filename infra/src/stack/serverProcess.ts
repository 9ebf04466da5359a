import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { identifyProcess, signalProcess, type ProcessIdentity } from './processIdentity.ts';
import { StackError } from './stackError.ts';

export interface ServerOptions {
  /** What people call it. */
  name: string;
  command: string;
  args: readonly string[];
  /** Everything that it writes goes here. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Run as this user (only root can). */
  user?: { uid: number; gid: number } | undefined;
  /** Asked to stop by this signal; killed with its group when it still lives after `graceMilliseconds`. */
  stopSignal: NodeJS.Signals;
  graceMilliseconds: number;
}

export interface ServerProcess {
  name: string;
  pid: number;
  identity: ProcessIdentity;
  /** Resolves with a sentence once it has ended, however that came. */
  ended: Promise<string>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** The last lines of a log, for a message. */
export function logTail(file: string, lines = 12): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches us alone and we stop things in order, and
 * beside it a guard (a sleeping `sh`) that stops it when we are killed without a chance to.
 * @throws StackError where it cannot be started at all.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
    ...options.user,
  });
  closeSync(log);
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true;
      resolve(`${options.name} ended with ${signal === null ? `exit code ${code}` : signal}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new StackError(`${options.name} cannot be started: ${error.message}.`)));
  });
  const pid = child.pid;
  if (pid === undefined) throw new StackError(`${options.name} cannot be started.`);
  const identity = identifyProcess(pid) ?? { pid, started: 'unknown' };
  const guard = startGuard(pid, options.stopSignal, options.graceMilliseconds);
  void ended.then(guard.dismiss);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (!over) {
      signalProcess(pid, options.stopSignal);
      const timer = setTimeout(() => signalProcess(-pid, 'SIGKILL'), options.graceMilliseconds);
      await ended;
      clearTimeout(timer);
    }
    // What the server itself started (Postgres' children, a worker's trainer) goes with it.
    signalProcess(-pid, 'SIGKILL');
  };
  return { name: options.name, pid, identity, ended, hasEnded: () => over, stop: () => (stopping ??= stop()) };
}

/** Sleeps on a pipe that closes when this process ends, then stops the server. */
function startGuard(pid: number, signal: NodeJS.Signals, graceMilliseconds: number): { dismiss: () => void } {
  const script = `read -r word && exit 0; kill -s ${signal.slice(3)} -- ${pid}; sleep ${Math.ceil(graceMilliseconds / 1000)}; kill -s KILL -- -${pid}`;
  const guard = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return { dismiss: () => void guard.stdin.end('done\n') };
}

/** Polls until `probe` is true. @throws StackError with the end of the log when the server ends, or after the time-out. */
export async function waitUntilReady(server: ServerProcess, logFile: string, probe: () => Promise<boolean>, timeoutMilliseconds: number): Promise<void> {
  const end = Date.now() + timeoutMilliseconds;
  for (;;) {
    if (await probe()) return;
    const failure = server.hasEnded() ? await server.ended : Date.now() > end ? `${server.name} was not ready after ${timeoutMilliseconds / 1000} s` : null;
    if (failure !== null) {
      await server.stop();
      throw new StackError(`${failure}. The end of ${logFile}:\n${logTail(logFile)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
