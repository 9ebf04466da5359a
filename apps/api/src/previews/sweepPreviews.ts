import { removal } from '@thaw/db/schema/removal';
import { task } from '@thaw/db/schema/task';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { prefixOf } from '../tasks/taskFiles.ts';

const keptDays = 7;
const atOnce = 500;

/** Drops previews that nobody has asked for for a week. @returns how many */
export async function sweepPreviews({ db }: Pick<Context<SystemCaller>, 'db'>): Promise<number> {
  return db.transaction(async (tx) => {
    const old = await tx
      .select({ id: task.id })
      .from(task)
      .where(and(eq(task.kind, sql`'preview'`), sql`${task.touchedAt} < now() - make_interval(days => ${keptDays})`, sql`${task.status} in ('succeeded', 'failed')`))
      .limit(atOnce)
      .for('update', { skipLocked: true });
    if (old.length === 0) return 0;
    const gone = await tx.delete(task).where(inArray(task.id, old.map(({ id }) => id))).returning();
    await tx.insert(removal).values(gone.map((row) => ({ prefix: prefixOf(row) })));
    return gone.length;
  });
}
