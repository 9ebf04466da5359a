import type { Dataset } from '@thaw/contract/datasets';
import type { Run } from '@thaw/contract/runs';
import type { RunSpec } from '@thaw/contract/runSpec';
import { trainingImages } from './trainingSteps.ts';

/**
 * How many seconds a recipe takes, from the speed of the newest run with the same network and size of pictures: images of its training
 * times its epochs, and in the same proportion what that run spent beside (evaluation, checkpoints). Null where there is none.
 */
export function estimateSeconds(spec: RunSpec, dataset: Pick<Dataset, 'classes' | 'splits'>, measured: readonly Pick<Run, 'spec' | 'result' | 'lastEpoch' | 'stepsPerEpoch'>[]): number | null {
  const alike = measured.find(
    (run) => run.spec.model.backbone === spec.model.backbone && run.spec.data.imageSize === spec.data.imageSize && run.result !== null && run.lastEpoch !== null && run.stepsPerEpoch !== null,
  );
  if (alike === undefined || alike.result === null || alike.lastEpoch === null || alike.stepsPerEpoch === null) return null;
  const seen = alike.stepsPerEpoch * alike.spec.data.batchSize * alike.lastEpoch.epoch;
  return seen === 0 ? null : (alike.result.seconds / seen) * trainingImages(spec, dataset) * spec.schedule.epochs;
}
