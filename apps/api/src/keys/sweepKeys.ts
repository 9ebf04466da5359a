import { apiKey } from '@thaw/db/schema/apiKey';
import { lt, or, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';

/** Forgets keys that were revoked or have expired 30 days ago; the audit log still knows them. @returns how many */
export async function sweepKeys({ db }: Pick<Context<SystemCaller>, 'db'>): Promise<number> {
  const longAgo = sql`now() - interval '30 days'`;
  const gone = await db.delete(apiKey).where(or(lt(apiKey.revokedAt, longAgo), lt(apiKey.expiresAt, longAgo))).returning({ id: apiKey.id });
  return gone.length;
}
