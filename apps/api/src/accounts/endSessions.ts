import { session } from '@thaw/db/schema/session';
import { and, eq, ne } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

/** Signs one browser of the caller's out. */
export async function endSession({ db, caller }: Context, { id }: { id: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const own = and(eq(session.id, id), eq(session.userId, caller.userId));
    const ended = canBeId(id) ? await tx.delete(session).where(own).returning({ id: session.id }) : [];
    if (ended.length === 0) throw notFound('session');
    await recordAct(tx, caller, { ownerId: caller.userId, action: 'session_ended', subject: id, details: {} });
  });
}

/** Signs the caller out everywhere, or everywhere else. */
export async function endSessions({ db, caller }: Context, { others }: { others: boolean }): Promise<void> {
  const kept = others && caller.via.kind === 'session' ? ne(session.id, caller.via.id) : undefined;
  await db.transaction(async (tx) => {
    const ended = await tx.delete(session).where(and(eq(session.userId, caller.userId), kept)).returning({ id: session.id });
    await recordAct(tx, caller, { ownerId: caller.userId, action: 'signed_out_everywhere', subject: caller.userId, details: { sessions: ended.length } });
  });
}
