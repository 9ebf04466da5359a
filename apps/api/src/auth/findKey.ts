import type { Database } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { user } from '@thaw/db/schema/user';
import { statement } from '@thaw/db/statement';
import { eq, sql } from 'drizzle-orm';
import type { OwnerCaller, WorkerCaller } from '../context.ts';
import { askTogether } from './askTogether.ts';
import { hashToken, prefixOf, sameHash } from './tokens.ts';

const nobody = '0'.repeat(64);

const byPrefixes = statement(
  {
    prefix: apiKey.prefix,
    id: apiKey.id,
    ownerId: apiKey.ownerId,
    hash: apiKey.hash,
    scopes: apiKey.scopes,
    over: sql<boolean>`${apiKey.revokedAt} is not null or coalesce(${apiKey.expiresAt} <= now(), false)`,
    role: user.role,
    disabledAt: user.disabledAt,
    noted: sql<boolean>`coalesce(${apiKey.lastUsedAt} > now() - interval '1 minute', false)`,
  },
  (select) => select.from(apiKey).innerJoin(user, eq(user.id, apiKey.ownerId)).where(sql`${apiKey.prefix} = any(${sql.placeholder('prefixes')}::text[])`),
);

/** Requests that come at once, as those of a page do, are looked up together. */
const findPrefix = askTogether(async (db: Database, prefixes) => new Map((await byPrefixes(db, { prefixes })).map((found) => [found.prefix, found])));

/** Who a bearer key belongs to, or null: also where it has expired or that person is disabled. Notes its use, once a minute at most. */
export async function findKey(db: Database, presented: string): Promise<OwnerCaller | WorkerCaller | null> {
  const prefix = prefixOf(presented);
  if (prefix === null) return null;
  const found = await findPrefix(db, prefix);
  const same = sameHash(hashToken(presented), found?.hash ?? nobody);
  if (found === undefined || !same || found.over || found.disabledAt !== null) return null;
  if (!found.noted) await db.update(apiKey).set({ lastUsedAt: sql`now()` }).where(eq(apiKey.id, found.id));
  const { id, ownerId: userId, scopes, role } = found;
  return scopes.includes('worker') ? { kind: 'worker', apiKeyId: id } : { kind: 'owner', userId, scopes, role, via: { kind: 'key', id } };
}
