import type { ApiScope } from '@thaw/contract/apiKeys';
import type { Executor } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { recordAct } from '../audit/recordAct.ts';
import type { OwnerCaller } from '../context.ts';
import { newId } from '../ids.ts';
import { newKey } from './tokens.ts';

export type ApiKeyRow = typeof apiKey.$inferSelect;

export interface NewKey {
  ownerId: string;
  name: string;
  scopes: ApiScope[];
  expiresAt: Date | null;
  /** Unset: a new one is made. */
  given?: ReturnType<typeof newKey>;
}

/** A new key or worker token, and its entry in the audit log. The key itself is in the answer and nowhere else, ever. */
export async function insertKey(tx: Executor, actor: OwnerCaller | 'system', { ownerId, name, scopes, expiresAt, given }: NewKey): Promise<{ row: ApiKeyRow; key: string }> {
  const { key, prefix, hash } = given ?? newKey();
  const [row] = await tx.insert(apiKey).values({ id: newId('key'), ownerId, name, prefix, hash, scopes, expiresAt }).returning();
  if (row === undefined) throw new Error('The new key was not written.');
  const ofWorkers = scopes.includes('worker');
  const details = { name, prefix, ...(!ofWorkers && { scopes }), ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }) };
  await recordAct(tx, actor, { ownerId, action: ofWorkers ? 'worker_token_made' : 'key_made', subject: row.id, details });
  return { row, key };
}
