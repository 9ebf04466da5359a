import { quotaKind, type OwnQuota, type Quota, type QuotaKind } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { quota, unlimited, type QuotaRow } from '@thaw/db/schema/quota';
import { eq, sql, type SQL } from 'drizzle-orm';

/** A limit in SQL, where the table of quotas is joined for its owner: a number also where there is none, which nothing reaches. */
export const limitIn = (kind: QuotaKind, defaults: Quota): SQL => sql`coalesce(${quota[kind]}, ${defaults[kind] ?? unlimited}::bigint)`;

/** The limits that hold for a person. */
export async function readQuota(db: Executor, ownerId: string, defaults: Quota): Promise<Quota> {
  const [row] = await db.select().from(quota).where(eq(quota.ownerId, ownerId));
  return effectiveQuota(row, defaults);
}

/** @param row of the table; a person without one has what everyone has */
export function effectiveQuota(row: QuotaRow | null | undefined, defaults: Quota): Quota {
  const limit = (kind: QuotaKind): number | null => {
    const own = row?.[kind] ?? null;
    return own === null ? defaults[kind] : own >= unlimited ? null : own;
  };
  return { activeRuns: limit('activeRuns'), waitingRuns: limit('waitingRuns'), storageBytes: limit('storageBytes'), gpuMinutes: limit('gpuMinutes'), datasets: limit('datasets') };
}

/** What is a person's own in a row of the table. */
export const ownQuotaOf = (row: QuotaRow): OwnQuota =>
  Object.fromEntries(quotaKind.options.flatMap((kind) => (row[kind] === null ? [] : [[kind, row[kind] >= unlimited ? null : row[kind]]])));
