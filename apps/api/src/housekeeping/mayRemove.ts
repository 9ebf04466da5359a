import { advisoryLocks } from '@thaw/db/advisoryLocks';
import type { Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';

/**
 * Whether objects that no row names any more may go from the storage now. Not while a backup is under way: it copies what the rows of its
 * snapshot name, and the sweep takes them afterwards. Asked once their removals are written or read: a backup that begins later does not
 * see the rows that named them, and within a transaction it waits for its end.
 */
export async function mayRemove(db: Executor): Promise<boolean> {
  const [row] = await db.execute<{ may: boolean }>(sql`select pg_try_advisory_xact_lock_shared(${advisoryLocks.backup}) as may`);
  return row?.may === true;
}
