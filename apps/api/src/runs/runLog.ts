import type { TrainerEvent } from '@thaw/contract/events';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { and, asc, eq, gte, isNotNull, sql } from 'drizzle-orm';

export interface LogBatch {
  id: number;
  attempt: number;
  createdAt: Date;
  events: TrainerEvent[];
  /** Of its JSON. */
  length: number;
}

/** Which events hold: an attempt voids what earlier ones measured after the step from which it resumed. Messages stay. */
export interface Validity {
  /** The last step of an attempt that holds. */
  lastStepOf: (attempt: number) => number;
  /** The newest attempt that has started; it changes whenever something becomes void. */
  newest: number;
}

export async function readValidity(db: Executor, runId: string): Promise<Validity> {
  const started = await db
    .select({ number: attempt.number, resumedFromStep: attempt.resumedFromStep })
    .from(attempt)
    .where(and(eq(attempt.runId, runId), isNotNull(attempt.resumedFromStep)))
    .orderBy(asc(attempt.number));
  return {
    lastStepOf: (number) => started.reduce((least, later) => (later.number > number ? Math.min(least, later.resumedFromStep ?? Infinity) : least), Infinity),
    newest: started.at(-1)?.number ?? 0,
  };
}

const eventsAtOnce = 8000;

/** The batches of a run from an id on, oldest first, some at a time: the log never is in memory as a whole. */
export async function* readBatches(db: Executor, runId: string, fromId = 0): AsyncGenerator<LogBatch> {
  let limit = 8;
  for (let from = fromId; ; ) {
    const rows = await db
      .select({ id: metricBatch.id, attempt: metricBatch.attempt, createdAt: metricBatch.createdAt, text: sql<string>`${metricBatch.events}::text` })
      .from(metricBatch)
      .where(and(eq(metricBatch.runId, runId), gte(metricBatch.id, from)))
      .orderBy(asc(metricBatch.id))
      .limit(limit);
    let count = 0;
    let characters = 0;
    for (const { text, ...row } of rows) {
      const events = JSON.parse(text) as TrainerEvent[];
      count += events.length;
      characters += text.length;
      yield { ...row, events, length: text.length };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    from = last.id + 1;
    // Batches of a slow run hold a few events each, those of a fast one thousands.
    limit = Math.max(1, Math.min(500, Math.floor(limit * Math.min(eventsAtOnce / count, 2 ** 20 / characters)), limit * 4));
  }
}

/** The events that hold, in the order in which they were told. */
export async function* readValidEvents(db: Executor, runId: string): AsyncGenerator<TrainerEvent> {
  const { lastStepOf } = await readValidity(db, runId);
  for await (const { attempt: number, events } of readBatches(db, runId)) {
    const lastStep = lastStepOf(number);
    for (const event of events) if (event.type === 'log' || event.step <= lastStep) yield event;
  }
}
