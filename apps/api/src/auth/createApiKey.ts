import type { ApiScope } from '@thaw/contract/apiKeys';
import { apiKey } from '@thaw/db/schema/apiKey';
import { recordAct } from '../audit/recordAct.ts';
import { invalid } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Context, SystemCaller } from '../context.ts';
import { newKey } from './tokens.ts';

export interface CreateApiKeyInput {
  ownerId: string;
  name: string;
  scopes: ApiScope[];
}

/** Makes a key for an owner. The key itself is in the answer and nowhere else, ever. */
export async function createApiKey(
  ctx: Pick<Context<SystemCaller>, 'db'>,
  { ownerId, name, scopes }: CreateApiKeyInput,
): Promise<{ id: string; key: string; prefix: string }> {
  if (scopes.includes('worker') && scopes.length > 1)
    throw invalid([{ path: 'scopes', message: 'a worker token can do nothing else; leave the other scopes out or make two keys' }]);
  const { key, prefix, hash } = newKey();
  const id = newId('key');
  await ctx.db.transaction(async (tx) => {
    await tx.insert(apiKey).values({ id, ownerId, name, prefix, hash, scopes });
    await recordAct(tx, 'system', { ownerId, action: 'key_made', subject: id, details: { name, prefix, scopes } });
  });
  return { id, key, prefix };
}
