import type { Executor } from '@thaw/db/client';
import { task } from '@thaw/db/schema/task';
import { sql } from 'drizzle-orm';

/** Of one owner's tasks: previews, for which a person waits, then the oldest. */
export const taskOrder = sql`(${task.kind} <> 'preview'), ${task.createdAt}, ${task.id}`;

/** Spelled out, not as parameters: only so does the planner see that the queue's partial index serves. */
const isWaiting = sql`${task.status} in ('queued', 'launching')`;

/** Whether a task may be given to a worker now. */
export const mayBeClaimed = sql`${isWaiting} and ${task.availableAt} <= now()`;

/**
 * The owners from whose tasks a worker takes the next, in their order: whoever has the fewest with workers; of several, who waits for a
 * preview; then who has waited longest, that is since being served last or, if later, since the task was made. Owners are found by as many
 * probes of an index, however many tasks wait.
 */
export async function ownersOfTasks(db: Executor): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    with recursive owner (id) as (
      select min(owner_id) from task where ${isWaiting}
      union all
      select (select min(owner_id) from task where ${isWaiting} and owner_id > owner.id) from owner where owner.id is not null
    ),
    busy as materialized (
      select owner_id, count(*) as tasks from task where status = 'running' group by owner_id
    )
    select owner.id from owner left join busy on busy.owner_id = owner.id cross join lateral (
      select kind <> 'preview' as can_wait, created_at from task where owner_id = owner.id and ${mayBeClaimed} order by ${taskOrder} limit 1
    ) first
    order by coalesce(busy.tasks, 0), first.can_wait, greatest((select max(started_at) from task where owner_id = owner.id), first.created_at), owner.id`);
  return rows.map(({ id }) => id);
}
