import { closeSync, openSync, writeSync } from 'node:fs';

/** A CIFAR-10 binary file of images whose brightness tells their class, with noise, so that there is something to learn. */
export function writeImages(file: string, count: number, seed: number): void {
  const out = openSync(file, 'w');
  let state = seed;
  for (let image = 0; image < count; image++) {
    const record = Buffer.alloc(3073, image % 10);
    for (let at = 1; at < record.length; at++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      record[at] = (image % 10) * 20 + ((state >> 16) & 63);
    }
    writeSync(out, record);
  }
  closeSync(out);
}
