import { setImmediate } from 'node:timers/promises';
import { colorBytes, type PictureTable } from '../importing/pictureTable.ts';

/** Perceptual hashes of nearly equal pictures differ in so many of their 64 bits at most... */
const maxBits = 4;
/** ...and mean colours of no field of the picture in more than this, of 255. */
const maxColor = 12;
/**
 * Of five parts of a hash one is the same where four bits differ at most: only pictures that share a part are compared. The parts
 * as shifts of the upper and the lower half, and the bits that count.
 */
const parts = [
  { high: 19, low: null, mask: 0x1fff },
  { high: 6, low: null, mask: 0x1fff },
  { high: -7, low: 25, mask: 0x1fff },
  { high: null, low: 12, mask: 0x1fff },
  { high: null, low: 0, mask: 0xfff },
] as const;
/** A hash part that very many pictures share tells nothing (plain areas): each is compared with so many others. */
const mostCompared = 500;

/**
 * Calls `found` for pairs of different pictures that are nearly the same.
 * @param numbers of pictures, each picture once
 */
export async function findNearPairs(table: PictureTable, numbers: readonly number[], found: (a: number, b: number) => void): Promise<void> {
  let compared = 0;
  for (const part of parts) {
    const buckets = new Map<number, number[]>();
    for (const number of numbers) {
      const key = partOf(table, number, part);
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [number]);
      else bucket.push(number);
    }
    for (const bucket of buckets.values())
      for (let i = 1; i < bucket.length; i++) {
        for (let j = Math.max(0, i - mostCompared); j < i; j++) {
          const [a, b] = [bucket[j] as number, bucket[i] as number];
          if (bitsApart(table, a, b) <= maxBits && colorsAgree(table.colorsOf(a), table.colorsOf(b))) found(a, b);
        }
        compared += Math.min(i, mostCompared);
        // Heartbeats go on meanwhile.
        if (compared > 500_000) {
          compared = 0;
          await setImmediate();
        }
      }
  }
}

function partOf(table: PictureTable, number: number, { high, low, mask }: (typeof parts)[number]): number {
  const upper = high === null ? 0 : high >= 0 ? table.phashHigh(number) >>> high : table.phashHigh(number) << -high;
  return (upper | (low === null ? 0 : table.phashLow(number) >>> low)) & mask;
}

const bitsApart = (table: PictureTable, a: number, b: number): number =>
  bitsIn(table.phashHigh(a) ^ table.phashHigh(b)) + bitsIn(table.phashLow(a) ^ table.phashLow(b));

/** Ones among 32 bits. */
function bitsIn(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function colorsAgree(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < colorBytes; at++) if (Math.abs((a[at] as number) - (b[at] as number)) > maxColor) return false;
  return true;
}
