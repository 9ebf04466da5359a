import { companionSpecs } from '@thaw/contract/companions';
import type { Executor } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run, type RunRow } from '@thaw/db/schema/run';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { notify } from '../notify.ts';
import { requireRoomForRuns } from '../quotas/requireRoom.ts';
import { distinct } from './changeRun.ts';
import { insertCompanions } from './insertCompanions.ts';
import { notReady, type RunPlan } from './planRun.ts';

/** What a run is called, and what else is no part of its recipe. */
export interface RunDescription {
  name?: string | undefined;
  tags?: readonly string[] | undefined;
  notes?: string | undefined;
  priority: number;
  idempotencyKey?: string;
  requestHash?: string;
}

/** Queues a run and the companions that its recipe asks for. @throws quota-exceeded */
export async function insertRun(tx: Executor, ctx: Context, plan: RunPlan, { name, tags = [], notes = '', ...more }: RunDescription): Promise<RunRow> {
  const { datasetName, ...planned } = plan;
  await requireRoomForRuns(tx, ctx, 1 + companionSpecs(plan.spec).length);
  // Held until the run is there: a version that is in use cannot be deleted.
  const version = await tx.select({ version: datasetVersion.version }).from(datasetVersion).where(isVersion(plan.datasetId, plan.datasetVersion)).for('key share');
  if (version.length === 0) throw notReady(plan.spec);
  const [row] = await tx
    .insert(run)
    .values({ id: newId('run'), ownerId: ctx.caller.userId, name: name ?? `${plan.spec.preset} on ${datasetName}`, tags: distinct(tags), notes, ...planned, ...more })
    .returning();
  if (row === undefined) throw new Error('The run could not be stored.');
  await insertCompanions(tx, row);
  await notify(tx, 'queue', row.id);
  return row;
}
