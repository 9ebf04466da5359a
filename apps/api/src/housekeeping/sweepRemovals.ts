import { removal } from '@thaw/db/schema/removal';
import { asc, eq, lte, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context, SystemCaller } from '../context.ts';
import { mayRemove } from './mayRemove.ts';
import { PartlyDone } from './partlyDone.ts';

const atOnce = 200;
const againAfterSeconds = 300;

/**
 * Takes out of the storage what no row names any more. A removal goes from the list once it is done; one that fails is tried again
 * later and keeps none of the others waiting. Two that do it at once do no harm.
 * @returns how many are done. @throws PartlyDone where some are not
 */
export async function sweepRemovals({ db, storage, log }: Pick<Context<SystemCaller>, 'db' | 'storage' | 'log'>): Promise<number> {
  const due = await db.select().from(removal).where(lte(removal.dueAt, sql`now()`)).orderBy(asc(removal.dueAt)).limit(atOnce);
  if (due.length === 0 || !(await mayRemove(db))) return 0;
  let done = 0;
  const failures: unknown[] = [];
  for (const { id, prefix, storageUploadId } of due) {
    try {
      if (storageUploadId !== null) await storage.dropMultipart(prefix, storageUploadId);
      else await storage.removePrefix(prefix);
      await db.delete(removal).where(eq(removal.id, id));
      done++;
    } catch (error) {
      failures.push(error);
      log.warn({ err: error, prefix }, 'objects that nothing names are still in the storage; trying again later');
      await db.update(removal).set({ dueAt: secondsFromNow(againAfterSeconds) }).where(eq(removal.id, id));
    }
  }
  if (failures.length > 0) throw new PartlyDone({ swept: done, failed: failures.length, cause: failures[0] });
  return done;
}
