import type { UserRole } from '@thaw/contract/accounts';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { newId } from '../ids.ts';

/** The user with this address, made where missing (with this role). Safe when two do it at once. */
export async function ensureUser(
  ctx: Pick<Context<SystemCaller>, 'db'>,
  { email, name, role = 'user' }: { email: string; name: string; role?: UserRole },
): Promise<{ id: string }> {
  const [created] = await ctx.db.insert(user).values({ id: newId('user'), email, name, role }).onConflictDoNothing().returning({ id: user.id });
  if (created !== undefined) return created;
  const [found] = await ctx.db.select({ id: user.id }).from(user).where(eq(user.email, email));
  if (found === undefined) throw new Error(`The user ${email} was there and is gone.`);
  return found;
}
