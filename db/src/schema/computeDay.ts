import { date, doublePrecision, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { user } from './user.ts';

/** Time that workers were held by attempts that have ended, by day (UTC). Written as an attempt ends: it outlives the runs, which may be deleted. */
export const computeDay = pgTable(
  'compute_day',
  {
    ownerId: text('owner_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    day: date('day', { mode: 'string' }).notNull(),
    device: text('device').$type<'cpu' | 'gpu'>().notNull(),
    seconds: doublePrecision('seconds').notNull(),
  },
  (table) => [primaryKey({ columns: [table.ownerId, table.day, table.device] })],
);
