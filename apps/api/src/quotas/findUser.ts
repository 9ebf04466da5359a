import type { Executor } from '@thaw/db/client';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

/** For administrators: anyone. @throws not-found */
export async function findUser(db: Executor, id: string): Promise<{ id: string }> {
  const [row] = canBeId(id) ? await db.select({ id: user.id }).from(user).where(eq(user.id, id)) : [];
  if (row === undefined) throw notFound('user with this id', 'GET /v1/users lists them.');
  return row;
}
