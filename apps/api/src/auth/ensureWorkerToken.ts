import { apiKey } from '@thaw/db/schema/apiKey';
import { eq } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { conflict, invalid } from '../errors.ts';
import { findKey } from './findKey.ts';
import { insertKey } from './insertKey.ts';
import { givenKey } from './tokens.ts';

/**
 * Makes sure that workers get in with a token that was made elsewhere, where they have it from. Only its hash is kept.
 * @throws ApiError where it is no good token, or one that was revoked
 */
export async function ensureWorkerToken({ db }: Pick<Context<SystemCaller>, 'db'>, { ownerId, name, token }: { ownerId: string; name: string; token: string }): Promise<void> {
  const given = givenKey(token);
  if (given === null)
    throw invalid([{ path: '', message: 'the token of the workers must be "thaw_", 16 hexadecimal digits, "_", and 43 random letters, digits, "-" or "_"' }]);
  if ((await findKey(db, token))?.kind === 'worker') return;
  const [same] = await db.select({ id: apiKey.id }).from(apiKey).where(eq(apiKey.prefix, given.prefix));
  if (same !== undefined) throw conflict('The token of the workers was revoked, or belongs to something else. Make a new one.');
  await db.transaction((tx) => insertKey(tx, 'system', { ownerId, name, scopes: ['worker'], expiresAt: null, given }));
}
