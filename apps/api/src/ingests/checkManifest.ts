import type { DatasetManifest } from '@thaw/contract/datasets';
import { ingestFileKey } from '@thaw/contract/storageKeys';
import type { IngestCaller } from '../context.ts';
import type { Fault } from '../errors.ts';

/** Whether a manifest fits together and speaks of the files of this attempt. What it says of the images, the worker answers for. */
export function checkManifest(manifest: DatasetManifest, { datasetId, version, attempt }: IngestCaller): Fault[] {
  const { classes, packs } = manifest;
  const faults: Fault[] = [];
  const fault = (path: string, message: string): void => void faults.push({ path: `outcome.manifest.${path}`, message });
  if (manifest.dataset !== datasetId || manifest.version !== version) fault('dataset', `must be ${datasetId}, version ${version}`);
  if (new Set(classes).size < classes.length) fault('classes', 'each class must be named once');
  if (packs.length === 0) fault('packs', 'there must be one with images');
  if (new Set(packs.map(({ split }) => split)).size < packs.length) fault('packs', 'each part must be there once');
  for (const [index, { split, key, images, classCounts }] of packs.entries()) {
    if (key !== ingestFileKey(datasetId, version, attempt, `${split}.safetensors`)) fault(`packs.${index}.key`, `not the key that was given out for ${split}.safetensors`);
    if (classCounts.length !== classes.length) fault(`packs.${index}.classCounts`, `must have ${classes.length} numbers, one for each class`);
    if (images === 0 || classCounts.reduce((sum, count) => sum + count, 0) !== images) fault(`packs.${index}.images`, 'must be the sum of the classes, and above 0');
  }
  return faults;
}
