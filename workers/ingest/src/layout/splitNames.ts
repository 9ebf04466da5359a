import type { Split } from '@thaw/contract/storageKeys';

const words: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['trainset', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['validate', 'val'],
  ['dev', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
  ['testset', 'test'],
]);

/** The part that a name means when it is nothing but the name of one. */
export const splitNamed = (name: string): Split | null => words.get(name.trim().toLowerCase()) ?? null;

/** The part that a longer name means (`training_set`, `test-images`, `train2017`): the only one of its words that names one. */
export function splitWithin(name: string): Split | null {
  const found = new Set(
    name
      .toLowerCase()
      .split(/[^a-z]+/)
      .flatMap((word) => words.get(word) ?? []),
  );
  return found.size === 1 ? ([...found][0] as Split) : null;
}
