import { upload } from '@thaw/db/schema/upload';
import { and, lt, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { markDropped } from './dropUpload.ts';
import { isUnderWay } from './findUpload.ts';
import { abandonedSeconds } from './presentUpload.ts';

const atOnce = 100;

/** Drops uploads that have had no sign of life for long. @returns how many; their parts go with the next sweep of removals */
export async function sweepUploads({ db }: Pick<Context<SystemCaller>, 'db'>, { seconds = abandonedSeconds }: { seconds?: number } = {}): Promise<number> {
  return db.transaction(async (tx) => {
    const silent = lt(upload.touchedAt, sql`now() - make_interval(secs => ${seconds})`);
    const abandoned = await tx.select().from(upload).where(and(isUnderWay, silent)).limit(atOnce).for('update', { skipLocked: true });
    for (const row of abandoned) await markDropped(tx, row);
    return abandoned.length;
  });
}
