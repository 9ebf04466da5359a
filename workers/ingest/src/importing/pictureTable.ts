import type { ImageIssue } from '@thaw/contract/report';
import { imageIssue } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import type { PictureMarks } from '../decode/pictureMarks.ts';

/** A picture as it is put into the table. */
export interface PictureRow extends PictureMarks {
  path: string;
  /** Of the upload's classes, by their number. */
  class: number;
  split: Split | null;
  /** Of the original, upright, in pixels. */
  width: number;
  height: number;
  issues: readonly ImageIssue[];
}

export const colorBytes = 48;
const hashBytes = 32;
const splits = [null, 'train', 'val', 'test'] as const;
const issueBits = new Map(imageIssue.options.map((issue, bit) => [issue, 1 << bit]));

/**
 * All pictures of a version by their number, in columns: about 150 bytes a picture and its path. Pixels are elsewhere, by the
 * same number.
 */
export class PictureTable {
  readonly paths: string[] = [];
  #room = 0;
  #classes = new Uint16Array();
  #splits = new Uint8Array();
  #issues = new Uint32Array();
  #sizes = new Uint32Array();
  #phash = new Uint32Array();
  #sha256 = new Uint8Array();
  #colors = new Uint8Array();

  get count(): number {
    return this.paths.length;
  }

  /** @returns the picture's number */
  add(row: PictureRow): number {
    const number = this.count;
    if (number === this.#room) this.#grow();
    this.paths.push(row.path);
    this.#classes[number] = row.class;
    this.setSplit(number, row.split);
    this.mark(number, ...row.issues);
    this.#sizes.set([row.width, row.height], 2 * number);
    this.#phash.set([Number.parseInt(row.phash.slice(0, 8), 16), Number.parseInt(row.phash.slice(8), 16)], 2 * number);
    this.#sha256.set(Buffer.from(row.sha256, 'hex'), hashBytes * number);
    this.#colors.set(row.colors, colorBytes * number);
    return number;
  }

  #grow(): void {
    this.#room = Math.max(1024, 2 * this.#room);
    const grown = <T extends Uint8Array | Uint16Array | Uint32Array>(column: T, width: number): T => {
      const larger = new (column.constructor as new (length: number) => T)(width * this.#room);
      larger.set(column);
      return larger;
    };
    this.#classes = grown(this.#classes, 1);
    this.#splits = grown(this.#splits, 1);
    this.#issues = grown(this.#issues, 1);
    this.#sizes = grown(this.#sizes, 2);
    this.#phash = grown(this.#phash, 2);
    this.#sha256 = grown(this.#sha256, hashBytes);
    this.#colors = grown(this.#colors, colorBytes);
  }

  pathOf = (number: number): string => this.paths[number] as string;
  classOf = (number: number): number => this.#classes[number] as number;
  setClass = (number: number, value: number): void => void (this.#classes[number] = value);
  splitOf = (number: number): Split | null => splits[this.#splits[number] as number] as Split | null;
  setSplit = (number: number, split: Split | null): void => void (this.#splits[number] = splits.indexOf(split));
  widthOf = (number: number): number => this.#sizes[2 * number] as number;
  heightOf = (number: number): number => this.#sizes[2 * number + 1] as number;
  /** The 64 bits of the perceptual hash, in two halves. */
  phashHigh = (number: number): number => this.#phash[2 * number] as number;
  phashLow = (number: number): number => this.#phash[2 * number + 1] as number;
  phashOf = (number: number): string => [this.phashHigh(number), this.phashLow(number)].map((half) => half.toString(16).padStart(8, '0')).join('');
  colorsOf = (number: number): Uint8Array => this.#colors.subarray(colorBytes * number, colorBytes * (number + 1));
  sha256Of = (number: number): string => this.#hash(number).toString('hex');
  /** The same for pictures that are the same: shorter than the hex digits. */
  pictureKey = (number: number): string => this.#hash(number).toString('latin1');
  #hash = (number: number): Buffer => Buffer.from(this.#sha256.buffer, hashBytes * number, hashBytes);

  mark(number: number, ...issues: readonly ImageIssue[]): void {
    for (const issue of issues) this.#issues[number] = (this.#issues[number] as number) | (issueBits.get(issue) as number);
  }
  unmark(number: number, ...issues: readonly ImageIssue[]): void {
    for (const issue of issues) this.#issues[number] = (this.#issues[number] as number) & ~(issueBits.get(issue) as number);
  }
  has = (number: number, issue: ImageIssue): boolean => ((this.#issues[number] as number) & (issueBits.get(issue) as number)) !== 0;
  issuesOf = (number: number): ImageIssue[] => imageIssue.options.filter((issue) => this.has(number, issue));
}
