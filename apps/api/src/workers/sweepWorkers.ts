import { worker } from '@thaw/db/schema/worker';
import { inArray, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';

const atOnce = 1000;

/** Forgets workers that have not been seen for 30 days: one that a launcher starts for a run has a name of its own. @returns how many */
export async function sweepWorkers({ db }: Pick<Context<SystemCaller>, 'db'>): Promise<number> {
  const old = db.select({ id: worker.id }).from(worker).where(sql`${worker.lastSeenAt} < now() - interval '30 days'`).limit(atOnce);
  for (let done = 0; ; ) {
    const gone = await db.delete(worker).where(inArray(worker.id, old)).returning({ id: worker.id });
    done += gone.length;
    if (gone.length < atOnce) return done;
  }
}
