import { apiKey } from '@thaw/db/schema/apiKey';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';

/** Makes a key worthless from the next request on. */
export async function revokeApiKey(ctx: Pick<Context<SystemCaller>, 'db'>, { id }: { id: string }): Promise<void> {
  await ctx.db.update(apiKey).set({ revokedAt: sql`now()` }).where(and(eq(apiKey.id, id), isNull(apiKey.revokedAt)));
}
