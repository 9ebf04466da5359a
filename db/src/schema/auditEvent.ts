import { auditAction, type AuditAction, type AuditEvent } from '@thaw/contract/audit';
import { sql } from 'drizzle-orm';
import { bigint, check, index, json, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** Who did what to whose things. It refers to no other table: it outlives what it is about. */
export const auditEvent = pgTable(
  'audit_event',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment('at').notNull().defaultNow(),
    /** The user whose things it is about. */
    ownerId: text('owner_id').notNull(),
    /** The user who did it, `system` or `anonymous`. */
    actor: text('actor').notNull(),
    action: text('action').$type<AuditAction>().notNull(),
    subject: text('subject').notNull(),
    details: json('details').$type<AuditEvent['details']>().notNull(),
  },
  (table) => [
    check('audit_event_action_known', sql`${table.action} in (${sql.raw(auditAction.options.map((action) => `'${action}'`).join(', '))})`),
    index('audit_event_owner').on(table.ownerId, table.id),
    // Whether objects that no row names are of something that was here and was deleted.
    index('audit_event_deleted').on(table.subject).where(sql`${table.action} in ('run_deleted', 'dataset_deleted')`),
  ],
);
