import type { AuditEvent } from '@thaw/contract/audit';
import type { Executor } from '@thaw/db/client';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import type { OwnerCaller } from '../context.ts';

/** Notes an act in the transaction that does it: neither is there without the other. */
export async function recordAct(
  tx: Executor,
  actor: Pick<OwnerCaller, 'userId'> | 'system',
  { ownerId, action, subject, details }: { ownerId: string } & Pick<AuditEvent, 'action' | 'subject' | 'details'>,
): Promise<void> {
  await tx.insert(auditEvent).values({ ownerId, actor: actor === 'system' ? 'system' : actor.userId, action, subject, details });
}
