import type { createKeyRequest, MadeKey } from '@thaw/contract/apiKeys';
import type { z } from 'zod';
import { insertKey } from '../auth/insertKey.ts';
import type { Context } from '../context.ts';
import { presentKey } from './presentKey.ts';
import { reserveKey } from './reserveKey.ts';

/** Makes a key of the caller. It is in this answer and in no other. Who comes here may do all that the caller may (scope `admin`), so no key makes one that can do more. */
export async function createKey(ctx: Context, { name, scopes, expiresAt }: z.infer<typeof createKeyRequest>): Promise<MadeKey> {
  const { userId: ownerId } = ctx.caller;
  return ctx.db.transaction(async (tx) => {
    const end = await reserveKey(tx, ctx.caller, { expiresAt, ofWorkers: false });
    const { row, key } = await insertKey(tx, ctx.caller, { ownerId, name, scopes: [...new Set(scopes)], expiresAt: end });
    return { ...presentKey(row), key };
  });
}
