import type { createPreviewRequest, Preview } from '@thaw/contract/previews';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { findDataset } from '../datasets/findDataset.ts';
import { invalid } from '../errors.ts';
import { checkData } from '../runs/checkData.ts';
import { requestTask } from '../tasks/requestTask.ts';
import { presentPreview } from './presentPreview.ts';

/** Has the augmentation of a recipe rendered on images of its data set, or finds what was rendered before. */
export async function createPreview(ctx: Context, { spec: request, images, draws }: z.infer<typeof createPreviewRequest>): Promise<{ made: Preview; created: boolean }> {
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw invalid(resolved.faults.map(({ path, message }) => ({ path: ['spec', ...path].join('.'), message })));
  const { spec } = resolved;
  const dataset = await findDataset(ctx.db, ctx.caller, spec.data.dataset);
  const manifest = dataset?.ready?.manifest ?? null;
  if (dataset === null || manifest === null)
    throw invalid([{ path: 'spec.data.dataset', message: `there is no data set ${JSON.stringify(spec.data.dataset)} that is ready; GET /v1/datasets lists yours` }]);
  const faults = checkData(spec, manifest);
  if (faults.length > 0) throw invalid(faults.map(({ path, message }) => ({ path: `spec.${path}`, message })));
  const { imageSize, normalization, augmentation, trainLimit, monitor, valFraction } = spec.data;
  const of = { datasetId: dataset.row.id, datasetVersion: manifest.version };
  const { row, created } = await requestTask(ctx, {
    of,
    input: { kind: 'preview', spec, images, draws },
    // Of the recipe only what decides which images are shown and what becomes of them.
    dependsOn: [of, { imageSize, normalization, augmentation, trainLimit, monitor, valFraction }, spec.seed, images, draws],
  });
  return { made: presentPreview(row), created };
}
