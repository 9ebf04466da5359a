import type { Database } from '@thaw/db/client';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';

/** Notes a wrong password where there is an account to note it for. The limits of attempts bound how often. */
export async function recordFailedSignIn(db: Database, { email, address }: { email: string; address: string }): Promise<void> {
  const [person] = await db.select({ id: user.id }).from(user).where(eq(user.email, email));
  if (person === undefined) return;
  await db.insert(auditEvent).values({ ownerId: person.id, actor: 'anonymous', action: 'sign_in_failed', subject: person.id, details: { address } });
}
