import type { PictureTable } from '../importing/pictureTable.ts';
import type { Groups } from '../report/unionFind.ts';
import { seededRandom, shuffle } from './seededRandom.ts';

export interface SplitWish {
  testFraction: number;
  seed: number;
}

/**
 * Gives every picture a part. An upload's own parts stay; what has none belongs to train. Where there is no test part, one is drawn
 * out of train: `testFraction` of each class, by the seed, and pictures that belong together on one side. An upload without a train
 * part is drawn anew as a whole.
 * @param again draw train and test anew, whatever there is
 * @returns whether a test part was drawn
 */
export function assignSplits(table: PictureTable, groups: Groups, wish: SplitWish, again = false): boolean {
  const numbers = Array.from({ length: table.count }, (_, number) => number);
  const has = (split: 'train' | 'test'): boolean => numbers.some((number) => table.splitOf(number) === split);
  const anew = again || (!has('train') && numbers.every((number) => table.splitOf(number) !== null));
  for (const number of numbers) if (anew || table.splitOf(number) === null) table.setSplit(number, 'train');
  if (has('test')) return false;
  return draw(table, groups, numbers.filter((number) => table.splitOf(number) === 'train'), wish);
}

function draw(table: PictureTable, groups: Groups, numbers: readonly number[], { testFraction, seed }: SplitWish): boolean {
  const sizes = countBy(numbers, table.classOf);
  // How many of each class test still lacks: one of two images or more, and never all.
  const lacking = new Map([...sizes].map(([label, size]) => [label, size < 2 ? 0 : Math.min(size - 1, Math.max(1, Math.round(size * testFraction)))]));
  const units = [...Map.groupBy(numbers, groups.of).values()];
  shuffle(units, seededRandom(seed));
  let drawn = false;
  const take = (unit: readonly number[]): void => {
    drawn = true;
    for (const number of unit) {
      table.setSplit(number, 'test');
      lacking.set(table.classOf(number), (lacking.get(table.classOf(number)) ?? 0) - 1);
    }
  };
  for (const unit of units) {
    const wanted = countBy(unit, table.classOf);
    if ([...wanted].every(([label, count]) => count <= (lacking.get(label) ?? 0))) take(unit);
  }
  // A class of few large groups has none in test yet: the smallest goes, as long as another stays.
  const left = new Map(sizes);
  for (const number of numbers) if (table.splitOf(number) === 'test') left.set(table.classOf(number), (left.get(table.classOf(number)) ?? 0) - 1);
  const small = units.filter((unit) => table.splitOf(unit[0] as number) === 'train').sort((a, b) => a.length - b.length);
  for (const unit of small) {
    const counts = countBy(unit, table.classOf);
    const [label] = [...counts.keys()] as [number];
    if (counts.size !== 1 || left.get(label) !== sizes.get(label) || (sizes.get(label) as number) <= unit.length) continue;
    take(unit);
    left.set(label, (left.get(label) as number) - unit.length);
  }
  // Nothing is left but to tear a group apart; the report tells of it. Without a test part nobody could tell how good a model is.
  const torn = new Set([...sizes].filter(([label, size]) => size > 1 && left.get(label) === size).map(([label]) => label));
  for (const number of units.flat()) if (torn.has(table.classOf(number)) && (lacking.get(table.classOf(number)) ?? 0) > 0) take([number]);
  return drawn;
}

function countBy(numbers: readonly number[], key: (number: number) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(key(number), (counts.get(key(number)) ?? 0) + 1);
  return counts;
}
