import { bigint, doublePrecision, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

const tally = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0);

/** What is done now and then, by whichever dispatcher comes first, and how it went: the metrics tell it, the same from each API process. */
export const chore = pgTable('chore', {
  name: text('name').primaryKey(),
  successes: tally('successes'),
  failures: tally('failures'),
  /** What it has removed or moved on, all its turns together. */
  swept: tally('swept'),
  lastSuccessAt: moment('last_success_at'),
  /** Of the last turn. */
  lastSeconds: doublePrecision('last_seconds'),
  lastFailureAt: moment('last_failure_at'),
  lastError: text('last_error'),
  /** Where the next turn goes on, of a chore that takes several for all there is. */
  position: text('position'),
});
