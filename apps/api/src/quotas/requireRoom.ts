import type { Quota } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { user } from '@thaw/db/schema/user';
import { count, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { quotaExceeded } from '../errors.ts';
import { gpuSecondsOf, readMonth } from '../usage/computeTime.ts';
import { storedBytes } from '../usage/storageBytes.ts';
import { countOf, formatBytes } from './formatAmount.ts';
import { readQuota } from './readQuota.ts';

/**
 * Limits hold where things are made, under the lock of their owner's row: of two requests at once only one finds the last place free.
 * Whoever locks more takes this lock first. What has begun goes on: a run or an import that is under way is never stopped by a limit.
 */
type Who = Pick<Context, 'settings'> & { caller: { userId: string } };

/** Until the transaction ends nobody else makes anything of this owner's that a limit is on. */
export async function lockOwner(tx: Executor, { caller }: Pick<Who, 'caller'>): Promise<void> {
  await tx.select({ id: user.id }).from(user).where(eq(user.id, caller.userId)).for('no key update');
}

async function lockedQuota(tx: Executor, who: Who): Promise<Quota> {
  await lockOwner(tx, who);
  return readQuota(tx, who.caller.userId, who.settings.quota);
}

const orMore = 'or ask an administrator for more';

/** Room for so many more runs in the queue. @throws quota-exceeded */
export async function requireRoomForRuns(tx: Executor, who: Who, runs: number): Promise<void> {
  const quota = await lockedQuota(tx, who);
  const { userId } = who.caller;
  if (quota.waitingRuns !== null) {
    const [waiting] = await tx.execute<{ runs: number }>(sql`select count(*)::int as runs from run where owner_id = ${userId} and status in ('queued', 'launching')`);
    const used = waiting?.runs ?? 0;
    if (used + runs > quota.waitingRuns) {
      const asked = runs === 1 ? 'one more' : `${runs} more, its companions included`;
      throw quotaExceeded(`You may have ${countOf(quota.waitingRuns, 'run')} waiting; ${used} are, and this would be ${asked}. Wait until some have started, cancel some, ${orMore}.`);
    }
  }
  if (quota.gpuMinutes !== null) await requireGpuMinutes(tx, userId, quota.gpuMinutes);
  if (quota.storageBytes !== null) await requireBytes(tx, userId, { limit: quota.storageBytes, more: 1, what: 'a run stores checkpoints' });
}

async function requireGpuMinutes(tx: Executor, userId: string, limit: number): Promise<void> {
  const [spent] = await tx.execute<{ seconds: number }>(sql`select ${gpuSecondsOf(sql`${userId}`)} as seconds`);
  const minutes = Number(spent?.seconds ?? 0) / 60;
  if (minutes < limit) return;
  const { month, next } = await readMonth(tx);
  throw quotaExceeded(`Your GPU minutes of ${month} are used up: ${Math.floor(minutes)} of ${limit}. Runs that are under way go on to their end. Start new ones from ${next} (UTC) on, ${orMore}.`);
}

interface MoreBytes {
  more: number;
  /** For the refusal: what would take them. */
  what: string | null;
}

/** Room for more bytes in the storage: where it is not known how many, for one. @throws quota-exceeded */
export async function requireRoomForBytes(tx: Executor, who: Who, bytes: MoreBytes): Promise<void> {
  const { storageBytes: limit } = await lockedQuota(tx, who);
  if (limit !== null) await requireBytes(tx, who.caller.userId, { limit, ...bytes });
}

async function requireBytes(tx: Executor, userId: string, { limit, more, what }: MoreBytes & { limit: number }): Promise<void> {
  const used = await storedBytes(tx, userId);
  if (used + more <= limit) return;
  throw quotaExceeded(`You may store ${formatBytes(limit)}; ${formatBytes(used)} are in use${what === null ? '' : `, and ${what}`}. Delete runs, data sets or uploads that you no longer need, ${orMore}. GET /v1/usage says what takes how much.`);
}

/** Room for one more data set. @throws quota-exceeded */
export async function requireRoomForDataset(tx: Executor, who: Who): Promise<void> {
  const { datasets: limit } = await lockedQuota(tx, who);
  if (limit === null) return;
  const [own] = await tx.select({ count: count() }).from(dataset).where(eq(dataset.ownerId, who.caller.userId));
  const used = own?.count ?? 0;
  if (used >= limit) throw quotaExceeded(`You may have ${countOf(limit, 'data set')}, and ${used} are there. Delete one that you no longer need, ${orMore}.`);
}
