import { maxKeysPerOwner } from '@thaw/contract/apiKeys';
import type { Executor } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { user } from '@thaw/db/schema/user';
import { and, count, eq, not, sql } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { conflict, invalid, unauthorized } from '../errors.ts';
import { isWorkerToken, works } from './ownedKeys.ts';

/**
 * Makes sure that the caller may have one more key (or worker token) that works until `expiresAt`, and holds the place until the
 * transaction ends. What a key makes ends with it at the latest: a key that was given away for a day is worth a day.
 */
export async function reserveKey(tx: Executor, caller: OwnerCaller, { expiresAt, ofWorkers }: { expiresAt: string | null; ofWorkers: boolean }): Promise<Date | null> {
  // One at a time for each owner. No weaker lock does, and a stronger one would keep foreign keys waiting.
  const [owner] = await tx.select({ now: sql`now()`.mapWith(apiKey.createdAt) }).from(user).where(eq(user.id, caller.userId)).for('no key update');
  if (owner === undefined) throw unauthorized();

  const end = expiresAt === null ? null : new Date(expiresAt);
  if (end !== null && end <= owner.now) throw invalid([{ path: 'expiresAt', message: 'lies in the past; name a later moment, or leave it out' }]);
  if (caller.via.kind === 'key') {
    const [own] = await tx.select({ expiresAt: apiKey.expiresAt }).from(apiKey).where(and(eq(apiKey.id, caller.via.id), works));
    if (own === undefined) throw unauthorized();
    if (own.expiresAt !== null && (end === null || end > own.expiresAt))
      throw invalid([{ path: 'expiresAt', message: `must be ${own.expiresAt.toISOString()} or earlier: this key itself ends then` }]);
  }

  const [held] = await tx
    .select({ keys: count() })
    .from(apiKey)
    .where(and(eq(apiKey.ownerId, caller.userId), ofWorkers ? isWorkerToken : not(isWorkerToken), works));
  if ((held?.keys ?? 0) >= maxKeysPerOwner) throw conflict(`There are ${maxKeysPerOwner} of them that work, which is the most that one person may have. Delete one first.`);
  return end;
}
