import type { EventOf, TrainerEvent } from '@thaw/contract/events';
import type { eventsRequest } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { run } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { notify } from '../notify.ts';
import { metricsOf, readRunLog, validEvents } from '../runs/runLog.ts';
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
    const resumed = started === undefined ? {} : await start(tx, caller, started);
    const lastEpoch = lastOf(events, 'epoch');
    await tx
      .update(run)
      .set({
        ...resumed,
        ...(lastEpoch !== undefined && { lastEpoch: metricsOf([lastEpoch]).epochs[0] ?? null }),
        ...positionAfter(events, started === undefined ? row : { step: started.step, epoch: 0 }),
        leaseExpiresAt: secondsFromNow(settings.leaseSeconds),
      })
      .where(eq(run.id, caller.runId));
    await notify(tx, 'run', caller.runId);
  });
}

/** The trainer has started: what earlier attempts measured after the step from which it goes on is void from now. */
async function start(tx: Executor, caller: AttemptCaller, { resumedFromStep, device, stepsPerEpoch }: EventOf<'started'>) {
  await tx
    .update(attempt)
    .set({ resumedFromStep: resumedFromStep ?? 0 })
    .where(and(eq(attempt.runId, caller.runId), eq(attempt.number, caller.attempt)));
  const { epochs } = metricsOf(validEvents(await readRunLog(tx, caller.runId)));
  return { device: `${device.type}: ${device.name}`, stepsPerEpoch, lastEpoch: epochs.at(-1) ?? null };
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
