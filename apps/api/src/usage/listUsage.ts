import type { UserUsage } from '@thaw/contract/usage';
import { dataset } from '@thaw/db/schema/dataset';
import { quota } from '@thaw/db/schema/quota';
import { user } from '@thaw/db/schema/user';
import { count, eq, inArray, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { effectiveQuota } from '../quotas/readQuota.ts';
import { computeDays } from './computeTime.ts';
import { countRunsOf, minutesOf, noRuns } from './getUsage.ts';
import { storageBytes, totalOf } from './storageBytes.ts';

/** What each person uses, in the order in which they came. The cursor is the id of the last. */
export async function listUsage({ db, settings }: Context, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<{ items: UserUsage[]; nextCursor: string | null }> {
  if (cursor !== undefined && !canBeId(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const people = await db
    .select({ id: user.id, name: user.name, email: user.email, quota })
    .from(user)
    .leftJoin(quota, eq(quota.ownerId, user.id))
    .where(cursor === undefined ? undefined : sql`(${user.createdAt}, ${user.id}) > (select last.created_at, last.id from "user" last where last.id = ${cursor})`)
    .orderBy(user.createdAt, user.id)
    .limit(limit + 1);
  const shown = people.slice(0, limit);
  const ids = shown.map(({ id }) => id);
  const [runs, days, storage, datasets] = await Promise.all([
    countRunsOf(db, ids),
    computeDays(db, ids),
    storageBytes(db, ids),
    ids.length === 0 ? [] : db.select({ ownerId: dataset.ownerId, count: count() }).from(dataset).where(inArray(dataset.ownerId, ids)).groupBy(dataset.ownerId),
  ]);
  const items = shown.map(({ id, name, email, quota: own }) => {
    const bytes = storage.get(id);
    return {
      user: { id, name, email },
      runs: runs.get(id) ?? noRuns,
      ...minutesOf(days.filter(({ ownerId }) => ownerId === id)),
      storageBytes: bytes === undefined ? 0 : totalOf(bytes),
      datasets: datasets.find(({ ownerId }) => ownerId === id)?.count ?? 0,
      quota: effectiveQuota(own, settings.quota),
    };
  });
  return { items, nextCursor: people.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
