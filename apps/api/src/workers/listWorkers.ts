import type { WorkerInfo } from '@thaw/contract/worker';
import { attempt } from '@thaw/db/schema/attempt';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { worker } from '@thaw/db/schema/worker';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';

/** Workers seen in the last day, the latest first. Which run one works on is told to that run's owner. */
export async function listWorkers(ctx: Context): Promise<{ items: WorkerInfo[] }> {
  const rows = await ctx.db
    .select({ worker, runId: run.id, ownerId: run.ownerId })
    .from(worker)
    .leftJoin(attempt, and(eq(attempt.workerId, worker.id), sql`${attempt.finishedAt} is null`))
    .leftJoin(run, and(eq(run.id, attempt.runId), eq(run.attempt, attempt.number), eq(run.status, 'running')))
    .where(sql`${worker.lastSeenAt} > now() - interval '1 day'`)
    .orderBy(desc(worker.lastSeenAt), sql`${run.id} nulls last`)
    .limit(1000);
  const importing = await ctx.db
    .select({ id: ingestAttempt.workerId })
    .from(ingestAttempt)
    .innerJoin(datasetVersion, and(eq(datasetVersion.datasetId, ingestAttempt.datasetId), eq(datasetVersion.version, ingestAttempt.version), eq(datasetVersion.attempt, ingestAttempt.number)))
    .where(eq(datasetVersion.status, sql`'importing'`));
  const atTasks = await ctx.db
    .select({ id: taskAttempt.workerId })
    .from(taskAttempt)
    .innerJoin(task, and(eq(task.id, taskAttempt.taskId), eq(task.attempt, taskAttempt.number)))
    .where(eq(task.status, sql`'running'`));
  const others = new Set([...importing, ...atTasks].map(({ id }) => id));
  const items = new Map<string, WorkerInfo>();
  for (const { worker: { id, name, deviceType, deviceName, lastSeenAt }, runId, ownerId } of rows)
    if (!items.has(id))
      items.set(id, {
        id,
        name,
        device: { type: deviceType, name: deviceName },
        lastSeenAt: lastSeenAt.toISOString(),
        busy: runId !== null || others.has(id),
        run: ownerId === ctx.caller.userId ? runId : null,
      });
  return { items: [...items.values()] };
}
