import type { createWorkerTokenRequest, MadeWorkerToken } from '@thaw/contract/apiKeys';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import { insertKey } from '../auth/insertKey.ts';
import type { Context } from '../context.ts';
import { presentWorkerToken } from './presentKey.ts';
import { reserveKey } from './reserveKey.ts';

/**
 * Makes a token for workers, which claims runs and imports of anybody and does nothing else. It works with the account of the
 * administrator who makes it: who was disabled or deleted may still know it.
 */
export async function createWorkerToken(ctx: Context, { name, expiresAt }: z.infer<typeof createWorkerTokenRequest>): Promise<MadeWorkerToken> {
  const { userId: ownerId } = ctx.caller;
  return ctx.db.transaction(async (tx) => {
    const end = await reserveKey(tx, ctx.caller, { expiresAt, ofWorkers: true });
    const { row, key: token } = await insertKey(tx, ctx.caller, { ownerId, name, scopes: ['worker'], expiresAt: end });
    const [owner] = await tx.select({ name: user.name }).from(user).where(eq(user.id, ownerId));
    return { ...presentWorkerToken(row, { id: ownerId, name: owner?.name ?? '' }), token };
  });
}
