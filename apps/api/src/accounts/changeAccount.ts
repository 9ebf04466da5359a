import { user } from '@thaw/db/schema/user';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';

/** Changes what the caller is called. */
export async function changeAccount({ db, caller }: Context, { name }: { name: string }): Promise<void> {
  await db.update(user).set({ name, updatedAt: sql`now()` }).where(eq(user.id, caller.userId));
}
