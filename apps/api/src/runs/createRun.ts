import type { createRunRequest, RunWithCompanions } from '@thaw/contract/runs';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { findDataset } from '../datasets/findDataset.ts';
import { conflict, invalid } from '../errors.ts';
import { newId } from '../ids.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { notify } from '../notify.ts';
import { resolveWeights } from '../weights/resolveWeights.ts';
import { checkData } from './checkData.ts';
import { withCompanions } from './findCompanions.ts';
import { distinct } from './changeRun.ts';
import { insertCompanions } from './insertCompanions.ts';

export interface CreateRunInput {
  request: z.infer<typeof createRunRequest>;
  /** The same key with the same request gives the same run again. */
  idempotencyKey?: string | undefined;
}

/** Queues a run and the companions that it asks for, all or none. `created` false: an earlier request with the same key has made it already. */
export async function createRun(ctx: Context, { request, idempotencyKey }: CreateRunInput): Promise<{ run: RunWithCompanions; created: boolean }> {
  const { name, tags, notes, priority = 0, ...recipe } = request;
  const resolved = resolveSpec(recipe);
  if (!resolved.ok) throw invalid(resolved.faults.map(({ path, message }) => ({ path: path.join('.'), message })));
  const { spec } = resolved;
  // Of the completed recipe: neither the order of fields nor spelled-out defaults make a request another one.
  const requestHash = createHash('sha256').update(JSON.stringify({ name, priority, spec, tags, notes })).digest('hex');

  const shown = (row: RunRow) => withCompanions(ctx, row);
  const repeated = async (): Promise<{ run: RunWithCompanions; created: boolean } | null> => {
    const earlier = idempotencyKey === undefined ? undefined : await findByKey(ctx, idempotencyKey);
    if (earlier === undefined) return null;
    if (earlier.requestHash === requestHash) return { run: await shown(earlier), created: false };
    throw conflict(`The Idempotency-Key was used before, for the run ${earlier.id} with other settings. Use a new key for a new run.`);
  };
  const before = await repeated();
  if (before !== null) return before;

  const dataset = await findDataset(ctx.db, ctx.caller, spec.data.dataset);
  const manifest = dataset?.ready?.manifest ?? null;
  if (dataset === null || manifest === null) throw notReady(spec);
  const faults = checkData(spec, manifest);
  if (faults.length > 0) throw invalid(faults);
  const weightsId = await resolveWeights(ctx, spec);

  const created = await ctx.db.transaction(async (tx) => {
    const here = isVersion(dataset.row.id, manifest.version);
    // Held until the run is there: a version that is in use cannot be deleted.
    const version = await tx.select({ version: datasetVersion.version }).from(datasetVersion).where(here).for('key share');
    if (version.length === 0) throw notReady(spec);
    const [row] = await tx
      .insert(run)
      .values({
        id: newId('run'),
        ownerId: ctx.caller.userId,
        name: name ?? `${spec.preset} on ${dataset.row.name}`,
        tags: distinct(tags ?? []),
        notes: notes ?? '',
        spec,
        priority,
        datasetId: dataset.row.id,
        datasetVersion: manifest.version,
        weightsId,
        ...(idempotencyKey !== undefined && { idempotencyKey, requestHash }),
      })
      .onConflictDoNothing({ target: [run.ownerId, run.idempotencyKey] })
      .returning();
    if (row === undefined) return undefined;
    await insertCompanions(tx, row);
    await notify(tx, 'queue', row.id);
    return row;
  });
  if (created !== undefined) return { run: await shown(created), created: true };
  const winner = await repeated();
  if (winner === null) throw conflict('The run of an earlier request with this Idempotency-Key has just been deleted. Use a new key.');
  return winner;
}

const notReady = ({ data }: RunSpec) =>
  invalid([{ path: 'data.dataset', message: `there is no data set ${JSON.stringify(data.dataset)} ready to train on; GET /v1/datasets lists yours` }]);

async function findByKey({ db, caller }: Context, idempotencyKey: string): Promise<RunRow | undefined> {
  const [row] = await db
    .select()
    .from(run)
    .where(and(eq(run.ownerId, caller.userId), eq(run.idempotencyKey, idempotencyKey)));
  return row;
}
