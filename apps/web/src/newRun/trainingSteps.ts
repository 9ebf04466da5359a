import type { Dataset } from '@thaw/contract/datasets';
import type { RunSpec } from '@thaw/contract/runSpec';

type Data = Pick<Dataset, 'classes' | 'splits'>;

/** Images that a recipe trains on in an epoch, as the trainer chooses them where all classes are of a size; else nearly so. */
export function trainingImages({ data: { trainLimit, monitor, valFraction } }: Pick<RunSpec, 'data'>, { classes, splits }: Data): number {
  const imagesOf = (name: string): number => splits.find(({ split }) => split === name)?.images ?? 0;
  const kinds = Math.max(1, classes.length);
  const used = trainLimit === null ? imagesOf('train') : Math.min(imagesOf('train'), Math.floor(trainLimit / kinds) * kinds);
  return monitor === 'val' && imagesOf('val') === 0 ? used - kinds * Math.round((used / kinds) * valFraction) : used;
}

/** Steps of an epoch: a last batch of one image goes with the one before it. */
export function stepsPerEpoch(spec: Pick<RunSpec, 'data'>, data: Data): number {
  const { batchSize } = spec.data;
  const images = trainingImages(spec, data);
  return Math.max(1, Math.floor(images / batchSize) + (images % batchSize > 1 ? 1 : 0));
}
