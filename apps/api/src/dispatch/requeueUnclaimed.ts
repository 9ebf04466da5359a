import { run } from '@thaw/db/schema/run';
import { sql } from 'drizzle-orm';
import type { DispatchContext } from './dispatchContext.ts';

/** Runs that no worker has claimed in time wait again. It counts as no try: their worker may have taken a more urgent run. */
export async function requeueUnclaimed({ db, log }: Pick<DispatchContext, 'db' | 'log'>, { seconds }: { seconds: number }): Promise<void> {
  const rows = await db
    .update(run)
    .set({ status: 'queued', launchedAt: null })
    .where(sql`${run.status} = 'launching' and ${run.launchedAt} < now() - make_interval(secs => ${seconds})`)
    .returning({ id: run.id });
  for (const { id } of rows) log.warn({ run: id }, 'no worker claimed the run in time; it waits again');
}
