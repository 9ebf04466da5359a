import type { ShownKey } from '@thaw/contract/apiKeys';
import { apiKey } from '@thaw/db/schema/apiKey';
import { desc } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { ownKeys } from './ownedKeys.ts';
import { presentKey } from './presentKey.ts';

/** The caller's keys that were not revoked, newest first. Those that have expired are swept after a while. */
export async function listKeys(ctx: Context): Promise<{ items: ShownKey[] }> {
  const rows = await ctx.db.select().from(apiKey).where(ownKeys(ctx.caller)).orderBy(desc(apiKey.createdAt), desc(apiKey.id));
  return { items: rows.map(presentKey) };
}
