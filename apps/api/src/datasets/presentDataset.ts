import type { Dataset } from '@thaw/contract/datasets';
import type { FoundDataset } from './findDataset.ts';

/** A data set as the API shows it: its newest version, images counted over all splits. */
export function presentDataset({ id, name, ownerId, createdAt, manifest }: FoundDataset): Dataset {
  const countOf = (index: number) => manifest?.packs.reduce((sum, pack) => sum + (pack.classCounts[index] ?? 0), 0) ?? 0;
  return {
    id,
    name,
    builtIn: ownerId === null,
    createdAt: createdAt.toISOString(),
    version: manifest?.version ?? null,
    classes: manifest?.classes.map((className, index) => ({ name: className, count: countOf(index) })) ?? [],
    splits: manifest?.packs.map(({ split, images }) => ({ split, images })) ?? [],
  };
}
