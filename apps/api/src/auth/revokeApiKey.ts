import { apiKey } from '@thaw/db/schema/apiKey';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context, SystemCaller } from '../context.ts';

/** Makes a key worthless from the next request on. */
export async function revokeApiKey(ctx: Pick<Context<SystemCaller>, 'db'>, { id }: { id: string }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [revoked] = await tx
      .update(apiKey)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKey.id, id), isNull(apiKey.revokedAt)))
      .returning({ ownerId: apiKey.ownerId, name: apiKey.name, prefix: apiKey.prefix });
    if (revoked === undefined) return;
    const { ownerId, ...details } = revoked;
    await recordAct(tx, 'system', { ownerId, action: 'key_revoked', subject: id, details });
  });
}
