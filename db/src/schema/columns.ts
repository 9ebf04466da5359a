import { timestamp } from 'drizzle-orm/pg-core';

/** A moment by the database's clock. Milliseconds, so that a JavaScript Date holds it without loss (cursors compare it). */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
