import { epochRecord, type EpochRecord, type TrainerEvent } from '@thaw/contract/events';
import type { Metrics } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { asc, eq } from 'drizzle-orm';

type Iteration = Metrics['iterations'][number];

export interface AttemptLog {
  /** Step after which earlier attempts are void; null while this one has not started. */
  resumedFromStep: number | null;
  events: TrainerEvent[];
}

/** What the attempts of a run have said so far, attempt by attempt. */
export async function readRunLog(db: Executor, runId: string): Promise<AttemptLog[]> {
  const [attempts, batches] = await Promise.all([
    db.select({ number: attempt.number, resumedFromStep: attempt.resumedFromStep }).from(attempt).where(eq(attempt.runId, runId)).orderBy(asc(attempt.number)),
    db
      .select({ attempt: metricBatch.attempt, events: metricBatch.events })
      .from(metricBatch)
      .where(eq(metricBatch.runId, runId))
      .orderBy(asc(metricBatch.attempt), asc(metricBatch.seq)),
  ]);
  const logs = new Map(attempts.map(({ number, resumedFromStep }) => [number, { resumedFromStep, events: [] as TrainerEvent[] }]));
  for (const { attempt: number, events } of batches) {
    const log = logs.get(number)?.events;
    for (const event of events) log?.push(event);
  }
  return [...logs.values()];
}

/** The events that hold: an attempt voids what earlier ones measured after the step from which it resumed. Messages stay. */
export function validEvents(attempts: readonly AttemptLog[]): TrainerEvent[] {
  let limit = Infinity;
  const newestFirst: TrainerEvent[][] = [];
  for (const { resumedFromStep, events } of attempts.toReversed()) {
    const before = limit;
    newestFirst.push(events.filter((event) => event.type === 'log' || event.step <= before));
    if (resumedFromStep !== null) limit = Math.min(limit, resumedFromStep);
  }
  return newestFirst.reverse().flat();
}

/** Every step and every epoch once; what a newer attempt said of the same one counts. */
export function metricsOf(events: Iterable<TrainerEvent>): Metrics {
  const iterations = new Map<number, Iteration>();
  const epochs = new Map<number, EpochRecord>();
  for (const event of events) {
    if (event.type === 'iteration') {
      const iteration: Iteration & { type?: string } = { ...event };
      delete iteration.type;
      iterations.set(event.step, iteration);
    } else if (event.type === 'epoch') epochs.set(event.epoch, epochRecord.parse(event));
  }
  return { iterations: [...iterations.values()].sort((a, b) => a.step - b.step), epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch) };
}
