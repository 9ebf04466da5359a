import type { BrowserSession } from '@thaw/contract/accounts';
import { session } from '@thaw/db/schema/session';
import { and, desc, eq, gt, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';

const most = 200;

/** Browsers in which the caller is signed in, the one used last first. Their tokens are shown to nobody. */
export async function listSessions({ db, caller }: Context): Promise<{ items: BrowserSession[] }> {
  const rows = await db
    .select()
    .from(session)
    .where(and(eq(session.userId, caller.userId), gt(session.expiresAt, sql`now()`)))
    .orderBy(desc(session.updatedAt), desc(session.id))
    .limit(most);
  return {
    items: rows.map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
      id,
      current: caller.via.kind === 'session' && caller.via.id === id,
      createdAt: createdAt.toISOString(),
      lastUsedAt: updatedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      address: ipAddress || null,
      browser: userAgent || null,
    })),
  };
}
