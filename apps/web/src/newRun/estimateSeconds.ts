import type { Run } from '@thaw/contract/runs';
import type { RunSpec } from '@thaw/contract/runSpec';

/**
 * How many seconds a recipe takes, from the speed of the newest run with the same network and size of pictures: images of its training
 * times its epochs, and in the same proportion what that run spent beside (evaluation, checkpoints). Null where there is none.
 * @param train images that the data set has for training
 */
export function estimateSeconds(spec: RunSpec, train: number, measured: readonly Pick<Run, 'spec' | 'result' | 'lastEpoch' | 'stepsPerEpoch'>[]): number | null {
  const alike = measured.find(
    (run) => run.spec.model.backbone === spec.model.backbone && run.spec.data.imageSize === spec.data.imageSize && run.result !== null && run.lastEpoch !== null && run.stepsPerEpoch !== null,
  );
  if (alike === undefined || alike.result === null || alike.lastEpoch === null || alike.stepsPerEpoch === null) return null;
  const seen = alike.stepsPerEpoch * alike.spec.data.batchSize * alike.lastEpoch.epoch;
  return seen === 0 ? null : (alike.result.seconds / seen) * trainingImages(spec, train) * spec.schedule.epochs;
}

function trainingImages({ data: { trainLimit, monitor, valFraction } }: RunSpec, train: number): number {
  const used = Math.min(train, trainLimit ?? train);
  return monitor === 'val' ? used * (1 - valFraction) : used;
}
