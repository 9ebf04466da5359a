import { removal } from '@thaw/db/schema/removal';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { run } from '@thaw/db/schema/run';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context, SystemCaller } from '../context.ts';
import { notify } from '../notify.ts';
import { standingOf } from './standing.ts';

const runsAtOnce = 1000;

/**
 * Removes checkpoints of runs that ended more than so many days ago, but for those that stay (see standing.ts). Their files go with the
 * next sweep of removals. @param days undefined: nothing is removed
 * @returns how many are gone
 */
export async function sweepCheckpoints({ db }: Pick<Context<SystemCaller>, 'db'>, days: number | undefined): Promise<number> {
  if (days === undefined) return 0;
  const ended = sql`run.finished_at < now() - make_interval(days => ${days})`;
  const newer = sql`select 1 from checkpoint newer where newer.run_id = old.run_id and (newer.attempt, newer.step) > (old.attempt, old.step)`;
  const found = await db.execute<{ id: string }>(sql`
    select distinct old.run_id as id from checkpoint old join run on run.id = old.run_id
    where ${ended} and old.pinned_at is null and exists (${newer}) and (not old.best or exists (${newer} and newer.best))
      and not exists (select 1 from task where task.checkpoint_id = old.id and task.status <> 'failed')
    limit ${runsAtOnce}`);
  let gone = 0;
  for (const { id } of found)
    gone += await db.transaction(async (tx) => {
      // Whoever resumes the run, or pins one of its checkpoints, comes before or after, never between.
      const [row] = await tx.select().from(run).where(and(eq(run.id, id), ended)).for('update', { skipLocked: true });
      if (row === undefined) return 0;
      const expired = (await standingOf(tx, id, { lock: true })).filter(({ stays }) => !stays).map((one) => one.row);
      if (expired.length === 0) return 0;
      await tx.delete(checkpoint).where(inArray(checkpoint.id, expired.map((one) => one.id)));
      const keys = expired.flatMap(({ files }) => files.map(({ key }) => key));
      if (keys.length > 0) await tx.insert(removal).values(keys.map((prefix) => ({ prefix })));
      const details = { name: row.name, epochs: expired.map(({ epoch }) => String(epoch)).reverse(), bytes: expired.reduce((sum, { bytes }) => sum + bytes, 0) };
      await recordAct(tx, 'system', { ownerId: row.ownerId, action: 'checkpoints_removed', subject: id, details });
      await notify(tx, 'run', id);
      return expired.length;
    });
  return gone;
}
