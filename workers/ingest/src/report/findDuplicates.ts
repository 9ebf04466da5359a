import type { PictureTable } from '../importing/pictureTable.ts';
import { findNearPairs } from './nearPairs.ts';
import { createGroups, type Groups } from './unionFind.ts';

/** Which pictures are the same and which nearly. */
export interface Duplicates {
  /** Numbers of pictures that are the same, each list rising and of two or more. */
  same: number[][];
  /** Pairs of pictures that are different and nearly the same. */
  near: [number, number][];
  /** Whatever belongs together by either, over several steps: what a split must not tear apart. */
  groups: Groups;
}

/** More pairs than this say nothing that fewer do not. */
const mostPairs = 500_000;

/** Looks at all pictures, whatever their class or part. */
export async function findDuplicates(table: PictureTable): Promise<Duplicates> {
  const groups = createGroups(table.count);
  const byPicture = new Map<string, number[]>();
  for (let number = 0; number < table.count; number++) {
    const key = table.pictureKey(number);
    const members = byPicture.get(key);
    if (members === undefined) byPicture.set(key, [number]);
    else members.push(number);
  }
  const membersOf = new Map<number, number[]>();
  for (const members of byPicture.values()) {
    const [first] = members as [number];
    membersOf.set(first, members);
    for (const member of members) groups.join(first, member);
  }
  const near = new Map<number, [number, number]>();
  await findNearPairs(table, [...membersOf.keys()], (a, b) => {
    groups.join(a, b);
    for (const one of membersOf.get(a) as number[])
      for (const other of membersOf.get(b) as number[]) if (near.size < mostPairs) near.set(Math.min(one, other) * table.count + Math.max(one, other), [one, other]);
  });
  return { same: [...byPicture.values()].filter((members) => members.length > 1), near: [...near.values()], groups };
}
