import { pgTable, text, unique } from 'drizzle-orm/pg-core';
import { apiKey } from './apiKey.ts';
import { moment } from './columns.ts';

/** A process that has claimed or asked for runs, known by the token it uses and the name it gives itself. */
export const worker = pgTable(
  'worker',
  {
    id: text('id').primaryKey(),
    apiKeyId: text('api_key_id').notNull().references(() => apiKey.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    deviceType: text('device_type').$type<'cpu' | 'gpu'>().notNull(),
    deviceName: text('device_name').notNull(),
    firstSeenAt: moment('first_seen_at').notNull().defaultNow(),
    lastSeenAt: moment('last_seen_at').notNull().defaultNow(),
  },
  (table) => [unique('worker_token_name').on(table.apiKeyId, table.name)],
);
