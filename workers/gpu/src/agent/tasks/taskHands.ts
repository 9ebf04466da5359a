import { fork, type ChildProcess } from 'node:child_process';
import type { TaskDone, TaskOrder, TaskReply } from '../../tasks/taskOrder.ts';
import { TaskFailed } from './taskFailed.ts';

export interface HandsOptions {
  /** The script of a task process. */
  script: string;
  environment: NodeJS.ProcessEnv;
  /** An order that takes longer is given up. */
  patienceMs?: number;
}

/** Does orders in a process of its own, which is kept for the next one. */
export interface TaskHands {
  /** Has a process load what it needs, while the parts of an order are fetched. */
  ready(): void;
  /** @throws TaskFailed, or the reason of `signal` */
  work(order: TaskOrder, signal: AbortSignal): Promise<TaskDone>;
  close(): void;
}

/** After so many orders a new process takes over, so that nothing piles up in it. */
const ordersOfAProcess = 100;

export function createTaskHands({ script, environment, patienceMs = 15 * 60_000 }: HandsOptions): TaskHands {
  let child: ChildProcess | null = null;
  let orders = 0;

  const drop = (): void => {
    child?.kill('SIGKILL');
    child = null;
  };
  const hire = (): ChildProcess => {
    if (orders >= ordersOfAProcess) drop();
    if (child !== null) return child;
    orders = 0;
    // What it says is for the log of the worker.
    const hired = fork(script, { env: environment, execArgv: [], stdio: ['ignore', 2, 2, 'ipc'] });
    const gone = (): void => void (child = child === hired ? null : child);
    hired.once('exit', gone).once('error', gone);
    return (child = hired);
  };

  return {
    ready: () => void hire(),
    work: (order, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const hired = hire();
        orders += 1;
        const settle = (end: () => void): void => {
          clearTimeout(late);
          signal.removeEventListener('abort', onAbort);
          hired.off('message', onReply).off('exit', onExit).off('error', onError);
          end();
        };
        const giveUp = (reason: Error): void =>
          settle(() => {
            drop();
            reject(reason);
          });
        const onAbort = (): void => giveUp(signal.reason as Error);
        const onReply = (reply: unknown): void => {
          const answer = reply as TaskReply;
          settle(() => ('done' in answer ? resolve(answer.done) : reject(new TaskFailed(answer.failed.code, answer.failed.message))));
        };
        const onExit = (code: number | null, by: NodeJS.Signals | null): void => {
          const memory = by === 'SIGKILL' ? ', perhaps because the machine ran out of memory' : '';
          settle(() => reject(new TaskFailed('worker_crashed', `The process that worked on it ended by ${by ?? `code ${code}`}${memory}.`)));
        };
        const onError = (error: Error): void => giveUp(new TaskFailed('worker_crashed', `The process that works on tasks cannot be started or told (${error.message}).`));
        const late = setTimeout(() => giveUp(new TaskFailed('worker_crashed', `It took longer than ${patienceMs / 60_000} minutes.`)), patienceMs);
        signal.addEventListener('abort', onAbort, { once: true });
        hired.on('message', onReply).on('exit', onExit).on('error', onError);
        hired.send(order);
      }),
    close: drop,
  };
}
