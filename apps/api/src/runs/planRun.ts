import type { DatasetManifest } from '@thaw/contract/datasets';
import type { ResolvedSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { RunRow } from '@thaw/db/schema/run';
import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../context.ts';
import { findDataset } from '../datasets/findDataset.ts';
import { findReadyVersion } from '../datasets/findVersion.ts';
import { ApiError, invalid } from '../errors.ts';
import { resolveWeights } from '../weights/resolveWeights.ts';
import { checkData } from './checkData.ts';

/** A recipe, and what it is to be carried out with. */
export interface RunPlan {
  spec: RunSpec;
  datasetId: string;
  datasetVersion: number;
  datasetName: string;
  weightsId: string | null;
}

/** @throws validation-failed with the path of each fault */
export function specOf(resolved: ResolvedSpec): RunSpec {
  if (!resolved.ok) throw invalid(resolved.faults.map(({ path, message }) => ({ path: path.join('.'), message })));
  return resolved.spec;
}

/**
 * Finds what a recipe names: the newest version of its data set that is ready, and the weights. Where it names the same as the recipe of an
 * earlier run, those of that run are taken, so that the two differ in nothing but what was changed.
 * @throws validation-failed where there is no such thing, or it does not fit the recipe
 */
export async function planRun(ctx: Context, spec: RunSpec, like?: RunRow): Promise<RunPlan> {
  const wanted = spec.data.dataset;
  const dataset = await findDataset(ctx.db, ctx.caller, wanted);
  if (dataset === null) throw notReady(spec);
  const manifest = like?.datasetId === wanted ? await manifestOf(ctx, like) : (dataset.ready?.manifest ?? null);
  if (manifest === null) throw notReady(spec);
  const faults = checkData(spec, manifest);
  if (faults.length > 0) throw invalid(faults);
  const sameModel = like !== undefined && isDeepStrictEqual(like.spec.model, spec.model);
  const weightsId = sameModel ? like.weightsId : await resolveWeights(ctx, spec);
  return { spec, datasetId: dataset.row.id, datasetVersion: manifest.version, datasetName: dataset.row.name, weightsId };
}

async function manifestOf({ db, caller }: Context, { datasetId, datasetVersion }: RunRow): Promise<DatasetManifest | null> {
  try {
    return (await findReadyVersion(db, caller, { id: datasetId, version: datasetVersion })).manifest;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'not-found') return null;
    throw error;
  }
}

/** Also for one that was there and is gone. */
export const notReady = ({ data }: RunSpec): ApiError =>
  invalid([{ path: 'data.dataset', message: `there is no data set ${JSON.stringify(data.dataset)} ready to train on; GET /v1/datasets lists yours` }]);
