import type { AuditAction } from '@thaw/contract/audit';
import type { Executor } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { sql, type SQL } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { OwnerCaller } from '../context.ts';

/** Revokes the keys that a condition names. @returns whether there was any */
export async function markRevoked(tx: Executor, actor: OwnerCaller, action: AuditAction, which: SQL | undefined): Promise<boolean> {
  const revoked = await tx
    .update(apiKey)
    .set({ revokedAt: sql`now()` })
    .where(which)
    .returning({ id: apiKey.id, ownerId: apiKey.ownerId, name: apiKey.name, prefix: apiKey.prefix });
  for (const { id, ownerId, ...details } of revoked) await recordAct(tx, actor, { ownerId, action, subject: id, details });
  return revoked.length > 0;
}
