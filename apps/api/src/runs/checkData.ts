import type { DatasetManifest } from '@thaw/contract/datasets';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { Fault } from '../errors.ts';

/**
 * Whether a data set can carry a recipe: classes to tell apart, and enough training images for one batch. The trainer checks
 * again when it holds the very images; here the answer comes at once.
 */
export function checkData({ data }: RunSpec, manifest: DatasetManifest): Fault[] {
  const faults: Fault[] = [];
  const classes = manifest.classes.length;
  // What the import has found already is said in its words; each of these would come out below as well, less plainly.
  const blocking = manifest.report.filter(({ severity }) => severity === 'error');
  if (blocking.length > 0) return blocking.map(({ code, message }) => ({ path: 'data.dataset', message: `version ${manifest.version} cannot be trained on (${code}): ${message}` }));
  if (classes < 2) faults.push({ path: 'data.dataset', message: `it has ${classes} class, and a classifier needs two or more; choose another data set` });

  const countsOf = (split: string) => manifest.packs.find((pack) => pack.split === split)?.classCounts;
  const train = countsOf('train') ?? [];
  const perClass = data.trainLimit === null ? Infinity : Math.floor(data.trainLimit / classes);
  const limited = train.reduce((sum, count) => sum + Math.min(count, perClass), 0);
  const heldOut = data.monitor === 'val' && countsOf('val') === undefined ? data.valFraction : 0;
  const images = Math.floor(limited * (1 - heldOut));

  if (data.trainLimit !== null && perClass < 1)
    faults.push({ path: 'data.trainLimit', message: `${data.trainLimit} images are less than one for each of the ${classes} classes; choose ${classes} or more` });
  else if (images < data.batchSize)
    faults.push({
      path: 'data.batchSize',
      message:
        `a batch of ${data.batchSize} is more than the ${images} images to train on; ` +
        (images >= 2 ? `choose ${images} or fewer, or more images` : 'choose a data set with more images'),
    });

  if (countsOf('test') === undefined && data.monitor === 'test')
    faults.push({ path: 'data.monitor', message: 'the data set has no test part; choose "val"' });
  else if (data.testLimit !== null && data.testLimit < classes)
    faults.push({ path: 'data.testLimit', message: `${data.testLimit} images are less than one for each of the ${classes} classes; choose ${classes} or more` });
  return faults;
}
