import type { ApiScope } from '@thaw/contract/apiKeys';
import type { Context, SystemCaller } from '../context.ts';
import { invalid } from '../errors.ts';
import { insertKey } from './insertKey.ts';

export interface CreateApiKeyInput {
  ownerId: string;
  name: string;
  scopes: ApiScope[];
}

/** Makes a key for an owner, on the machine itself. The key itself is in the answer and nowhere else, ever. */
export async function createApiKey(
  ctx: Pick<Context<SystemCaller>, 'db'>,
  input: CreateApiKeyInput,
): Promise<{ id: string; key: string; prefix: string }> {
  if (input.scopes.includes('worker') && input.scopes.length > 1)
    throw invalid([{ path: 'scopes', message: 'a worker token can do nothing else; leave the other scopes out or make two keys' }]);
  const { row, key } = await ctx.db.transaction((tx) => insertKey(tx, 'system', { ...input, expiresAt: null }));
  return { id: row.id, key, prefix: row.prefix };
}
