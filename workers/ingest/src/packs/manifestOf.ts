import { datasetManifest, type DatasetManifest } from '@thaw/contract/datasets';
import type { Split } from '@thaw/contract/storageKeys';
import type { FinishedVersion } from './finishVersion.ts';

export interface ManifestFacts {
  dataset: string;
  version: number;
  /** Where the images come from, for people. */
  source: string;
  keyOf(split: Split): string;
}

export function manifestOf({ classes, side, packs, report }: FinishedVersion, { dataset, version, source, keyOf }: ManifestFacts): DatasetManifest {
  return datasetManifest.parse({
    format: 'thaw-dataset-1',
    dataset,
    version,
    classes: [...classes],
    height: side,
    width: side,
    packs: packs.map(({ split, bytes, sha256, images, classCounts }) => ({ split, key: keyOf(split), bytes, sha256, images, classCounts })),
    source,
    report,
  } satisfies DatasetManifest);
}
