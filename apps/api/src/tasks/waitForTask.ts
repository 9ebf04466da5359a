import type { Executor } from '@thaw/db/client';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { eq } from 'drizzle-orm';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, conflict } from '../errors.ts';

/** So long a request is held open at most for a task that is not done. */
export const longestWaitSeconds = 20;

export interface Patience {
  /** Of the request: who has gone is not waited for. */
  signal: AbortSignal;
  seconds: number;
}

const pauses = { firstMs: 100, maxMs: 500 };

/**
 * A task once it has succeeded.
 * @throws not-ready where it takes longer than a request should; conflict, with its reason, where it has failed
 */
export async function waitForTask(db: Executor, row: TaskRow, { signal, seconds }: Patience): Promise<TaskRow & { result: NonNullable<TaskRow['result']> }> {
  const end = performance.now() + seconds * 1000;
  for (let [now, pauseMs]: [TaskRow | undefined, number] = [row, pauses.firstMs]; ; pauseMs = Math.min(pauses.maxMs, pauseMs * 1.5)) {
    if (now === undefined) throw conflict('What was waited for has been deleted. Ask for it again.');
    const { result, failure } = now;
    if (result !== null) return { ...now, result };
    if (failure !== null) throw conflict(`It could not be made: ${failure.message}`);
    if (signal.aborted || performance.now() > end) throw new ApiError('not-ready', 'It is being made. Ask again in some seconds.', { retryAfterSeconds: 2 });
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    [now] = await db.select().from(task).where(eq(task.id, row.id));
  }
}
