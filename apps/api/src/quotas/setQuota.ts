import { quotaKind, type OwnQuota, type QuotaKind, type UserQuota } from '@thaw/contract/quotas';
import { quota, unlimited } from '@thaw/db/schema/quota';
import { sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { notify } from '../notify.ts';
import { findUser } from './findUser.ts';
import { getQuota } from './getQuota.ts';
import { lockOwner } from './requireRoom.ts';

/**
 * Gives a person limits of its own; those that are left out are everyone's again. What is there already stays, also beyond a limit.
 * @throws not-found
 */
export async function setQuota(ctx: Context, { id, own }: { id: string; own: OwnQuota }): Promise<UserQuota> {
  return ctx.db.transaction(async (tx) => {
    await findUser(tx, id);
    await lockOwner(tx, { caller: { userId: id } });
    const before = await getQuota({ ...ctx, db: tx }, { id });
    const columns = Object.fromEntries(quotaKind.options.map((kind) => [kind, stored(own[kind])])) as Record<QuotaKind, number | null>;
    await tx
      .insert(quota)
      .values({ ownerId: id, ...columns })
      .onConflictDoUpdate({ target: quota.ownerId, set: { ...columns, changedAt: sql`now()` } });
    const after = await getQuota({ ...ctx, db: tx }, { id });
    const changed = quotaKind.options.filter((kind) => describe(before.own[kind]) !== describe(after.own[kind]));
    if (changed.length > 0) {
      const details = Object.fromEntries(changed.map((kind) => [kind, `${describe(before.own[kind])}, now ${describe(after.own[kind])}`]));
      await recordAct(tx, ctx.caller, { ownerId: id, action: 'quota_changed', subject: id, details });
      // Runs that were held may go now.
      await notify(tx, 'queue', id);
    }
    return after;
  });
}

const stored = (limit: number | null | undefined): number | null => (limit === undefined ? null : (limit ?? unlimited));

const describe = (limit: number | null | undefined): string => (limit === undefined ? 'as for everyone' : limit === null ? 'no limit' : String(limit));
