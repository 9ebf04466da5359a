import type { Dataset, DatasetManifest } from '@thaw/contract/datasets';
import type { FoundDataset } from './findDataset.ts';

/** Classes of a manifest with their images counted over all splits. */
export const countClasses = ({ classes, packs }: DatasetManifest): { name: string; count: number }[] =>
  classes.map((name, index) => ({ name, count: packs.reduce((sum, { classCounts }) => sum + (classCounts[index] ?? 0), 0) }));

export const sizeOfImages = ({ height, width }: DatasetManifest): NonNullable<Dataset['imageSize']> => ({ height, width });

export const bytesOfPacks = ({ packs }: DatasetManifest): number => packs.reduce((sum, { bytes }) => sum + bytes, 0);

/** A data set as the API shows it. */
export function presentDataset({ row, ready, latest }: FoundDataset): Dataset {
  const manifest = ready?.manifest ?? null;
  return {
    id: row.id,
    name: row.name,
    builtIn: row.ownerId === null,
    createdAt: row.createdAt.toISOString(),
    version: manifest?.version ?? null,
    imageSize: manifest && sizeOfImages(manifest),
    bytes: manifest && bytesOfPacks(manifest),
    classes: manifest === null ? [] : countClasses(manifest),
    splits: manifest?.packs.map(({ split, images }) => ({ split, images })) ?? [],
    report: manifest?.report ?? [],
    latest: latest?.version ?? null,
    status: latest?.status ?? 'empty',
    progress: latest?.progress ?? null,
    failure: latest?.failure ?? null,
  };
}
