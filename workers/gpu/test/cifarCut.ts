import * as fs from 'node:fs';
import path from 'node:path';

const recordBytes = 3073;

/** Writes a folder with the first records of CIFAR-10's first training file and of its test file. */
export function cutCifar10(folder: string, train: number, test: number): void {
  const source = process.env['THAW_CIFAR10'];
  if (source === undefined) throw new Error('THAW_CIFAR10 names no folder with the CIFAR-10 files: run the tests with `npm test`, which sets it');
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, records] of [['data_batch_1.bin', train], ['test_batch.bin', test]] as const) {
    const bytes = Buffer.alloc(records * recordBytes);
    const file = fs.openSync(path.join(source, name), 'r');
    fs.readSync(file, bytes, 0, bytes.length, 0);
    fs.closeSync(file);
    fs.writeFileSync(path.join(folder, name), bytes);
  }
}
