import { epochRecord, type EpochRecord, type EventOf, type TrainerEvent } from '@thaw/contract/events';
import type { eventsRequest } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { metricChunk } from '@thaw/db/schema/metricChunk';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, desc, eq, gt, like, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { hint } from '../notify.ts';
import { addToSparkline, cutSparkline } from '../runs/addToSparkline.ts';
import { readValidity } from '../runs/runLog.ts';
import { checkAttempt, lockCurrentRun } from './currentRun.ts';
import { secondsFromNow } from './lease.ts';

/** Takes down what the trainer said. The same batch sent again changes nothing. */
export async function recordEvents(ctx: Context<AttemptCaller>, { attempt: number, seq, events }: z.infer<typeof eventsRequest>): Promise<void> {
  const { caller, settings } = ctx;
  checkAttempt(caller, number);
  await ctx.db.transaction(async (tx) => {
    // The lock also makes the ids of the run's batches rise in the order in which they become visible.
    const row = await lockCurrentRun(tx, caller);
    const [added] = await tx
      .insert(metricBatch)
      .values({ runId: caller.runId, attempt: number, seq, events })
      .onConflictDoNothing()
      .returning({ id: metricBatch.id });
    if (added === undefined) return;
    const started = lastOf(events, 'started');
    const resumed = started === undefined ? null : await start(tx, caller, started);
    const lastEpoch = lastOf(events, 'epoch');
    await tx
      .update(run)
      .set({
        ...resumed,
        ...sparklineAfter(events, row, resumed),
        ...(lastEpoch !== undefined && { lastEpoch: epochRecord.parse(lastEpoch) }),
        ...positionAfter(events, started === undefined ? row : { step: started.step, epoch: 0 }),
        leaseExpiresAt: secondsFromNow(settings.leaseSeconds),
      })
      .where(eq(run.id, caller.runId));
  });
  await hint(ctx.db, 'run', caller.runId);
}

/** The trainer has started: what earlier attempts measured after the step from which it goes on is void from now. */
async function start(tx: Executor, caller: AttemptCaller, { resumedFromStep, device, stepsPerEpoch }: EventOf<'started'>) {
  await tx
    .update(attempt)
    .set({ resumedFromStep: resumedFromStep ?? 0 })
    .where(and(eq(attempt.runId, caller.runId), eq(attempt.number, caller.attempt)));
  await tx.delete(metricChunk).where(and(eq(metricChunk.runId, caller.runId), gt(metricChunk.reach, resumedFromStep ?? 0)));
  return { device: `${device.type}: ${device.name}`, stepsPerEpoch, lastEpoch: await newestEpoch(tx, caller.runId) };
}

/** The last epoch that holds, looked for from the end of the log. */
async function newestEpoch(tx: Executor, runId: string): Promise<EpochRecord | null> {
  const { lastStepOf } = await readValidity(tx, runId);
  const text = sql<string>`${metricBatch.events}::text`;
  for (let before = Infinity; ; ) {
    const [batch] = await tx
      .select({ id: metricBatch.id, attempt: metricBatch.attempt, events: metricBatch.events })
      .from(metricBatch)
      .where(and(eq(metricBatch.runId, runId), ...(Number.isFinite(before) ? [lt(metricBatch.id, before)] : []), like(text, '%"valLoss"%')))
      .orderBy(desc(metricBatch.id))
      .limit(1);
    if (batch === undefined) return null;
    const limit = lastStepOf(batch.attempt);
    const found = lastOf(batch.events.filter((event) => event.step <= limit), 'epoch');
    if (found !== undefined) return epochRecord.parse(found);
    before = batch.id;
  }
}

/** Only where it changes: most batches end no epoch. */
function sparklineAfter(events: readonly TrainerEvent[], row: RunRow, resumed: Pick<RunRow, 'lastEpoch'> | null): Partial<Pick<RunRow, 'sparkline'>> {
  const epochs = events.filter((event) => event.type === 'epoch');
  if (epochs.length === 0 && resumed === null) return {};
  return { sparkline: epochs.reduce(addToSparkline, resumed === null ? row.sparkline : cutSparkline(row.sparkline, resumed.lastEpoch)) };
}

function positionAfter(events: readonly TrainerEvent[], before: { step: number; epoch: number }): { step: number; epoch: number } {
  let { step, epoch } = before;
  for (const event of events) {
    if (event.type === 'log') continue;
    step = Math.max(step, event.step);
    if ('epoch' in event) epoch = Math.max(epoch, event.epoch);
  }
  return { step, epoch };
}

function lastOf<T extends TrainerEvent['type']>(events: readonly TrainerEvent[], type: T): EventOf<T> | undefined {
  return events.findLast((event): event is EventOf<T> => event.type === type);
}
