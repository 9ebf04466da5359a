import type { Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';

/** Until the transaction ends nobody else puts the file of these weights into the storage, or takes it out. */
export async function lockWeights(tx: Executor, key: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`weights:${key}`}, 0))`);
}
