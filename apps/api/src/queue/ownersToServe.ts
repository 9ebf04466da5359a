import type { Quota } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { unlimited } from '@thaw/db/schema/quota';
import { sql } from 'drizzle-orm';
import { shares, toClaim } from './runOrder.ts';

export interface OwnerToServe {
  ownerId: string;
  /** The most active runs that it may have; null: any number. */
  most: number | null;
  /** Its GPU minutes are used up: only what has begun may go on. */
  spent: boolean;
}

/** The owners from whose runs a worker takes the next, in their order. @param device of that worker: GPU minutes are nothing to one without a GPU */
export async function ownersToServe(db: Executor, quota: Quota, device: 'cpu' | 'gpu'): Promise<OwnerToServe[]> {
  const rows = await db.execute<{ ownerId: string; most: string; spent: boolean }>(sql`
    with ${shares(toClaim, quota, { minutesCount: device === 'gpu' })}
    select owner_id as "ownerId", most, spent from share
    where active < most and since is not null
    order by active, since, owner_id`);
  return rows.map(({ ownerId, most, spent }) => ({ ownerId, most: Number(most) >= unlimited ? null : Number(most), spent }));
}
