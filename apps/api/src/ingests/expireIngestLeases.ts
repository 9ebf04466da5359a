import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { and, eq, lt, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { withoutSource } from '../datasets/versionFacts.ts';
import { endIngest } from './endIngest.ts';

/** Takes imports from workers that have fallen silent. Any number of processes may do it at once. */
export async function expireIngestLeases({ db, log }: Pick<Context<SystemCaller>, 'db' | 'log'>): Promise<number> {
  const message = 'The worker fell silent: it was killed, lost its power or its network.';
  return db.transaction(async (tx) => {
    const silent = await tx
      .select(withoutSource)
      .from(datasetVersion)
      .where(and(eq(datasetVersion.status, sql`'importing'`), lt(datasetVersion.leaseExpiresAt, sql`clock_timestamp()`)))
      .limit(50)
      .for('update', { skipLocked: true });
    for (const row of silent) {
      const next = await endIngest(tx, row, { outcome: 'lost', failure: { code: 'worker_lost', message } });
      log.warn({ dataset: row.datasetId, version: row.version, attempt: row.attempt, next }, 'lease of an import expired');
    }
    return silent.length;
  });
}
