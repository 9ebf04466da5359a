import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** Stands for "no limit": a limit that nothing reaches, so that comparisons need not know of it. */
export const unlimited = Number.MAX_SAFE_INTEGER;

const limit = (name: string) => bigint(name, { mode: 'number' });

/** What an administrator lets a person have. Null: as the environment has it for everyone; `unlimited`: no limit. */
export const quota = pgTable('quota', {
  ownerId: text('owner_id').primaryKey().references(() => user.id, { onDelete: 'cascade' }),
  activeRuns: limit('active_runs'),
  waitingRuns: limit('waiting_runs'),
  storageBytes: limit('storage_bytes'),
  gpuMinutes: limit('gpu_minutes'),
  datasets: limit('datasets'),
  changedAt: moment('changed_at').notNull().defaultNow(),
});
export type QuotaRow = typeof quota.$inferSelect;
