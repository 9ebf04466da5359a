import { readFileSync } from 'node:fs';
import { storagePlace } from '@thaw/contract/worker';
import { z } from 'zod';
import { describeError } from './describeError.ts';
import type { Log } from './log.ts';

/**
 * A worker as a process: stops in good order on SIGTERM and SIGINT.
 *
 * @param work gets the signal to stop
 * @returns the exit code: 0 done, 1 a failure (said in the log)
 */
export async function workerProcess(work: (shutdown: AbortSignal) => Promise<void>, log: Log): Promise<number> {
  const shutdown = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // A second one changes nothing: the end has a deadline. Ctrl-C often brings both.
      if (shutdown.signal.aborted) return;
      log('info', `${signal}: stopping`);
      shutdown.abort(new Error('this worker has to go'));
    });
  try {
    await work(shutdown.signal);
    return 0;
  } catch (error) {
    log('error', describeError(error));
    return 1;
  }
}

/** What every worker reads of its environment. */
export const workerVariables = {
  /** Address of the API, with or without a path. */
  THAW_API_URL: z.url({ protocol: /^https?$/, error: 'is the address of the API, such as http://localhost:3001' }),
  /** Or THAW_WORKER_TOKEN_FILE, a file that holds it; `/dev/stdin` for whoever starts a worker and leaves no trace of the token. */
  THAW_WORKER_TOKEN: z.string({ error: 'is the token of this worker; make one with the scope worker' }).min(1),
  /** `internal` for a worker in the network of the API and the storage; whoever starts workers there sets it. */
  THAW_STORAGE: storagePlace.default('public'),
  THAW_WORKER_NAME: z.string().max(200).optional(),
  /** Exit after so long without work; 0: stay. */
  THAW_IDLE_SECONDS: z.coerce.number().min(0).max(1e9).default(0),
};

/**
 * The environment of a worker. Unset and empty are the same.
 * @throws Error with a line for each variable that is wrong; values are not repeated, one of them is a secret
 */
export function readVariables<T>(variables: NodeJS.ProcessEnv, schema: z.ZodType<T>): T {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const { THAW_WORKER_TOKEN: token, THAW_WORKER_TOKEN_FILE: file } = set;
  if (token === undefined && file !== undefined) set['THAW_WORKER_TOKEN'] = readToken(file);
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`);
  throw new Error(`The worker cannot start:\n${faults.join('\n')}`);
}

function readToken(file: string): string {
  try {
    return readFileSync(file === '/dev/stdin' ? 0 : file, 'utf8').trim();
  } catch (error) {
    throw new Error(`The worker cannot start:\n  THAW_WORKER_TOKEN_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}
