import { taskFileKey } from '@thaw/contract/storageKeys';
import type { taskFinishRequest } from '@thaw/contract/tasks';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { checkUploads } from '../attempts/checkUploads.ts';
import type { Context, TaskCaller } from '../context.ts';
import { invalid } from '../errors.ts';
import { lockCurrentTask, requireCurrentTask } from './currentTask.ts';
import { endTask, endTaskAttempt } from './endTask.ts';
import { filesOf, prefixOf } from './taskFiles.ts';

type Outcome = z.infer<typeof taskFinishRequest>['outcome'];

/** The worker is done with its attempt. A call that is repeated because its answer was lost changes nothing. */
export async function finishTask(ctx: Context<TaskCaller>, { attempt, outcome }: z.infer<typeof taskFinishRequest>): Promise<void> {
  const { db, storage, caller, log } = ctx;
  const about = { task: caller.taskId, attempt };
  const own = and(eq(taskAttempt.taskId, caller.taskId), eq(taskAttempt.number, caller.attempt));
  const [ended] = await db.select({ outcome: taskAttempt.outcome }).from(taskAttempt).where(own);
  if (attempt === caller.attempt && ended?.outcome === outcome.status) return;

  const row = await requireCurrentTask(db, caller, attempt);
  if (outcome.status !== 'succeeded') {
    const failure = outcome.status === 'failed' ? { code: outcome.code, message: outcome.message } : null;
    const next = await db.transaction(async (tx) => endTask(tx, await lockCurrentTask(tx, caller), { outcome: outcome.status, failure }));
    log.info({ ...about, outcome: outcome.status, code: failure?.code, next }, 'task ended');
    return;
  }
  checkResult(row, outcome);
  const { files, findings } = outcome;
  await checkUploads(storage, files, (name) => taskFileKey(prefixOf(row), attempt, name));
  await db.transaction(async (tx) => {
    const locked = await lockCurrentTask(tx, caller);
    await endTaskAttempt(tx, locked, { outcome: 'succeeded', failure: null });
    await tx
      .update(task)
      .set({
        status: 'succeeded',
        result: { files, findings },
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        leaseExpiresAt: null,
        finishedAt: sql`now()`,
      })
      .where(eq(task.id, locked.id));
  });
  log.info(about, 'task succeeded');
}

/** Whether a result is one of this task. What it says, the worker answers for. */
function checkResult({ input }: TaskRow, { files, findings }: Extract<Outcome, { status: 'succeeded' }>): void {
  const expected = filesOf(input);
  const brought = files.map(({ name }) => name);
  if (findings.kind !== input.kind) throw invalid([{ path: 'outcome.findings.kind', message: `must be ${input.kind}` }]);
  if (brought.length !== expected.length || !expected.every((name) => brought.includes(name)))
    throw invalid([{ path: 'outcome.files', message: `must be ${expected.join(', ')}, each once` }]);
}
