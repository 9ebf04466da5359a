import { describe, expect, it } from 'vitest';
import { colorBytes, PictureTable } from '../src/importing/pictureTable.ts';
import { markDuplicates } from '../src/report/markDuplicates.ts';
import { createGroups } from '../src/report/unionFind.ts';

/** Pictures that are all different, by part and class. */
function tableOf(...pictures: ['train' | 'val' | 'test', number][]): PictureTable {
  const table = new PictureTable();
  pictures.forEach(([split, ofClass], number) =>
    table.add({ path: `${number}.png`, class: ofClass, split, issues: [], width: 32, height: 32, phash: '0'.repeat(16), sha256: number.toString(16).padStart(64, '0'), colors: new Uint8Array(colorBytes) }),
  );
  return table;
}
const staysOf = (table: PictureTable, near: [number, number][]): number[] => [...markDuplicates(table, { same: [], near, groups: createGroups(table.count) })];

describe('which of pictures that are nearly the same stays', () => {
  it('is the one of test before that of train', () => {
    expect(staysOf(tableOf(['train', 0], ['test', 0]), [[0, 1]])).toEqual([1, -1]);
  });

  it('is also one whose only likeness goes already: nothing of it leaks any more', () => {
    expect(staysOf(tableOf(['test', 0], ['test', 0], ['train', 0]), [[0, 1], [1, 2]])).toEqual([-1, 0, -1]);
  });

  it('is over parts the one that leaks nothing, whatever order the pairs come in', () => {
    // Of different classes: a picture of test, one of val near it, one of train near that.
    const table = tableOf(['test', 0], ['val', 1], ['train', 2]);
    expect(staysOf(table, [[1, 2], [0, 1]])).toEqual([-1, 0, -1]);
  });
});
