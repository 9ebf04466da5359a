import { advisoryLocks } from '@thaw/db/advisoryLocks';
import type postgres from 'postgres';

/** Does something while a backup is under way, as it looks to everyone else. */
export async function whileBackedUp(sql: postgres.Sql, work: () => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${advisoryLocks.backup})`;
    await work();
  });
}
