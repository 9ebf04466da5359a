import type { ShownWorkerToken } from '@thaw/contract/apiKeys';
import { apiKey } from '@thaw/db/schema/apiKey';
import { user } from '@thaw/db/schema/user';
import { and, desc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { isKept, isWorkerToken } from './ownedKeys.ts';
import { presentWorkerToken } from './presentKey.ts';

const most = 1000;

/** All tokens of workers that were not revoked, newest first. For administrators. */
export async function listWorkerTokens(ctx: Context): Promise<{ items: ShownWorkerToken[] }> {
  const rows = await ctx.db
    .select({ key: apiKey, madeBy: { id: user.id, name: user.name } })
    .from(apiKey)
    .innerJoin(user, eq(user.id, apiKey.ownerId))
    .where(and(isWorkerToken, isKept))
    .orderBy(desc(apiKey.createdAt), desc(apiKey.id))
    .limit(most);
  return { items: rows.map(({ key, madeBy }) => presentWorkerToken(key, madeBy)) };
}
