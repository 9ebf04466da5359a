import type { Database } from '@thaw/db/client';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';
import { passwordCounters } from './attemptLimits.ts';
import { forgetAttempts } from './countAttempt.ts';

/** Lets a person who has a new password sign in, however often someone has guessed at the old one. */
export async function forgetGuesses(db: Database, { userId, address }: { userId: string; address: string }): Promise<void> {
  const [person] = await db.select({ email: user.email }).from(user).where(eq(user.id, userId));
  if (person === undefined) return;
  const { pair, account } = passwordCounters(person.email, address);
  await forgetAttempts(db, [pair, account]);
}
