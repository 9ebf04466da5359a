import type { UserQuota } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { quota } from '@thaw/db/schema/quota';
import { eq } from 'drizzle-orm';
import type { Settings } from '../context.ts';
import { findUser } from './findUser.ts';
import { effectiveQuota, ownQuotaOf } from './readQuota.ts';

/** The limits of anyone, for administrators. @throws not-found */
export async function getQuota({ db, settings }: { db: Executor; settings: Pick<Settings, 'quota'> }, { id }: { id: string }): Promise<UserQuota> {
  await findUser(db, id);
  const [row] = await db.select().from(quota).where(eq(quota.ownerId, id));
  return { user: id, quota: effectiveQuota(row, settings.quota), own: row === undefined ? {} : ownQuotaOf(row), defaults: settings.quota };
}
