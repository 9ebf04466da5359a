import type { ImageIssue } from '@thaw/contract/report';
import type { PictureTable } from '../importing/pictureTable.ts';
import type { Duplicates } from './findDuplicates.ts';

const marks = ['exact_duplicates', 'near_duplicates', 'conflicting_labels', 'split_leakage', 'near_split_leakage'] as const satisfies readonly ImageIssue[];
/** What is in test stays before what is in val before what is in train. */
const order = ['test', 'val', 'train'] as const;

/**
 * Marks pictures by what they share with others, now that each has its part.
 * @returns for each picture the number of the one that stays when duplicates are dropped; -1: itself
 */
export function markDuplicates(table: PictureTable, { same, near }: Duplicates): Int32Array {
  const stays = new Int32Array(table.count).fill(-1);
  for (let number = 0; number < table.count; number++) table.unmark(number, ...marks);
  const rank = (number: number): number => order.indexOf(table.splitOf(number) ?? 'train');
  const before = (a: number, b: number): number => rank(a) - rank(b) || a - b;

  for (const members of same) {
    if (new Set(members.map(table.classOf)).size > 1) members.forEach((number) => table.mark(number, 'conflicting_labels'));
    if (new Set(members.map(table.splitOf)).size > 1) members.forEach((number) => table.mark(number, 'split_leakage'));
    for (const ofClass of Map.groupBy(members, table.classOf).values()) {
      if (ofClass.length < 2) continue;
      const [first, ...others] = ofClass.sort(before) as [number, ...number[]];
      table.mark(first, 'exact_duplicates');
      for (const other of others) {
        table.mark(other, 'exact_duplicates');
        stays[other] = first;
      }
    }
  }

  const neighbours = new Map<number, number[]>();
  for (const [a, b] of near) {
    if (table.splitOf(a) !== table.splitOf(b)) for (const number of [a, b]) table.mark(number, 'near_split_leakage');
    if (table.classOf(a) !== table.classOf(b)) continue;
    for (const [one, other] of [[a, b], [b, a]] as const) {
      const list = neighbours.get(one);
      if (list === undefined) neighbours.set(one, [other]);
      else list.push(other);
    }
  }
  // Best first: a picture stays unless one that stays is nearly the same. So nothing goes over a chain of small steps.
  for (const number of [...neighbours.keys()].sort(before)) {
    if (stays[number] !== -1) continue;
    for (const other of neighbours.get(number) as number[]) {
      if (stays[other] !== -1 || before(other, number) < 0) continue;
      stays[other] = number;
      table.mark(other, 'near_duplicates');
      table.mark(number, 'near_duplicates');
    }
  }
  // Across parts whatever the class, and only for a picture that itself stays: one that goes leaks nothing.
  const leaks = near.filter(([a, b]) => table.splitOf(a) !== table.splitOf(b)).map(([a, b]): [number, number] => (before(a, b) < 0 ? [a, b] : [b, a]));
  for (const [first, other] of leaks.sort(([a], [b]) => before(a, b))) if (stays[other] === -1 && stays[first] === -1) stays[other] = first;
  return stays;
}
