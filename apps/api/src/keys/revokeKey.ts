import { apiKey } from '@thaw/db/schema/apiKey';
import { and, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { isKept, isWorkerToken, ownKeys } from './ownedKeys.ts';
import { markRevoked } from './markRevoked.ts';

/** Makes a key of the caller worthless from the next request on, also the one that this request came with. */
export async function revokeKey(ctx: Context, { id }: { id: string }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const revoked = canBeId(id) && (await markRevoked(tx, ctx.caller, 'key_revoked', and(eq(apiKey.id, id), ownKeys(ctx.caller))));
    if (!revoked) throw notFound('key with this id');
  });
}

/** The same for a token of workers, whoever has made it. For administrators. */
export async function revokeWorkerToken(ctx: Context, { id }: { id: string }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const revoked = canBeId(id) && (await markRevoked(tx, ctx.caller, 'worker_token_revoked', and(eq(apiKey.id, id), isWorkerToken, isKept)));
    if (!revoked) throw notFound('worker token with this id', 'GET /v1/worker-tokens lists them.');
  });
}
