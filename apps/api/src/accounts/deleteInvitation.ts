import { invitation } from '@thaw/db/schema/invitation';
import { and, eq, isNull } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

/** Takes an invitation back that nobody has accepted yet. For administrators. */
export async function deleteInvitation({ db, caller }: Context, { id }: { id: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const open = and(eq(invitation.id, id), isNull(invitation.acceptedAt));
    const [gone] = canBeId(id) ? await tx.delete(invitation).where(open).returning({ createdBy: invitation.createdBy, email: invitation.email }) : [];
    if (gone === undefined) throw notFound('open invitation', 'Check the id; one that was accepted cannot be taken back, but its person can be disabled.');
    await recordAct(tx, caller, { ownerId: gone.createdBy, action: 'invitation_revoked', subject: id, details: gone.email === null ? {} : { email: gone.email } });
  });
}
