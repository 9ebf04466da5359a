import { createHash } from 'node:crypto';
import type { Database } from '@thaw/db/client';
import { rateLimit } from '@thaw/db/schema/rateLimit';
import { eq, inArray, sql } from 'drizzle-orm';
import { ApiError } from '../errors.ts';

/** So many of a kind, in a window that begins with the first. */
export interface AttemptLimit {
  name: string;
  max: number;
  seconds: number;
}

/** A limit and whom it is for. */
export interface Counter {
  limit: AttemptLimit;
  of: string;
}

/** Whom it is for is hashed: what people type where an address is asked for is not kept. */
const keyOf = ({ limit, of }: Counter): string => `${limit.name} ${createHash('sha256').update(of).digest('hex').slice(0, 32)}`;

/**
 * Counts an attempt with each counter in turn, before it is known how it ends, so that many at once cannot slip through.
 * @throws ApiError too-many-requests at the first that is used up; those after it do not count then
 */
export async function countAttempt(db: Database, counters: readonly Counter[]): Promise<void> {
  for (const counter of counters) {
    const { limit } = counter;
    const over = sql`${rateLimit.endsAt} <= now()`;
    const ends = sql`now() + make_interval(secs => ${limit.seconds})`;
    const [row] = await db
      .insert(rateLimit)
      .values({ key: keyOf(counter), count: 1, endsAt: ends })
      .onConflictDoUpdate({
        target: rateLimit.key,
        set: {
          count: sql`case when ${over} then 1 else least(${rateLimit.count} + 1, ${limit.max + 1}) end`,
          endsAt: sql`case when ${over} then ${ends} else ${rateLimit.endsAt} end`,
        },
      })
      .returning({ count: rateLimit.count, seconds: sql<number>`ceil(extract(epoch from ${rateLimit.endsAt} - now()))::integer` });
    if (row !== undefined && row.count > limit.max) throw tooMany(row.seconds);
  }
}

/** Takes counts back: what was counted has turned out to be no failure. */
export async function forgetAttempts(db: Database, counters: readonly Counter[]): Promise<void> {
  await db.delete(rateLimit).where(inArray(rateLimit.key, counters.map(keyOf)));
}
export async function uncountAttempt(db: Database, counter: Counter): Promise<void> {
  await db.update(rateLimit).set({ count: sql`greatest(${rateLimit.count} - 1, 0)` }).where(eq(rateLimit.key, keyOf(counter)));
}

export const tooMany = (seconds: number): ApiError => {
  const wait = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  return new ApiError('too-many-requests', `Too many attempts. Try again in ${wait}.`, { retryAfterSeconds: seconds });
};
