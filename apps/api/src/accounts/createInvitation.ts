import type { CreateInvitationRequest, MadeInvitation } from '@thaw/contract/accounts';
import { invitation } from '@thaw/db/schema/invitation';
import { user } from '@thaw/db/schema/user';
import { eq, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import { newInvitationToken } from '../auth/tokens.ts';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { presentInvitation } from './listInvitations.ts';
import type { Accounts } from './openAccounts.ts';

/** Lets one person sign up. The token is in the answer and, where an address is named and mails are sent, in a mail to it; nowhere else. */
export async function createInvitation(
  { db, caller }: Context,
  { settings, post }: Pick<Accounts, 'settings' | 'post'>,
  { email, days }: CreateInvitationRequest,
): Promise<MadeInvitation> {
  const { token, hash } = newInvitationToken();
  const id = newId('invitation');
  const { row, from } = await db.transaction(async (tx) => {
    const [made] = await tx
      .insert(invitation)
      .values({ id, tokenHash: hash, email: email ?? null, createdBy: caller.userId, expiresAt: sql`now() + make_interval(days => ${days})` })
      .returning();
    const [inviter] = await tx.select({ name: user.name }).from(user).where(eq(user.id, caller.userId));
    if (made === undefined || inviter === undefined) throw new Error('The invitation is not there.');
    await recordAct(tx, caller, { ownerId: caller.userId, action: 'invitation_made', subject: id, details: email === undefined ? {} : { email } });
    return { row: made, from: inviter.name };
  });
  const link = `${settings.publicUrl}/sign-up?invitation=${token}`;
  const mailed =
    email !== undefined &&
    settings.mail !== null &&
    (await post.send({ kind: 'invitation', to: email, name: from, link }).then(
      () => true,
      () => false,
    ));
  return { ...presentInvitation(row), token, link, mailed };
}
