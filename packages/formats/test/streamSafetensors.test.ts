import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { streamSafetensors, type TensorStream } from '../src/streamSafetensors.ts';
import { writeSafetensors } from '../src/writeSafetensors.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const bytes = Uint8Array.from({ length: 12 }, (_, index) => index);
const wide = BigInt64Array.of(7n, 8n);
async function* pieces(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
const images = (...parts: Uint8Array[]): TensorStream => ({ name: 'images', dtype: 'U8', shape: [2, 2, 3], data: () => pieces(...parts) });
const labels: TensorStream = { name: 'labels', dtype: 'I64', shape: [2], data: () => pieces(new Uint8Array(wide.buffer)) };

describe('safetensors that are written piece by piece', () => {
  it('are the same file as those that are written at once', async () => {
    const folder = temporaryFolder();
    const [one, other] = [join(folder, 'one'), join(folder, 'other')];
    const atOnce = writeSafetensors(one, [
      { name: 'images', dtype: 'U8', shape: [2, 2, 3], data: bytes },
      { name: 'labels', dtype: 'I64', shape: [2], data: wide },
    ]);
    expect(await streamSafetensors(other, [images(bytes.subarray(0, 5), bytes.subarray(5)), labels])).toEqual(atOnce);
    expect(readFileSync(other)).toEqual(readFileSync(one));
  });

  it('are whole or not there', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    const stop = new AbortController();
    await expect(streamSafetensors(file, [images(bytes.subarray(1))])).rejects.toThrow('needs 12 bytes');
    await expect(streamSafetensors(file, [images(bytes, bytes)])).rejects.toThrow('has more');
    stop.abort(new Error('stopped'));
    await expect(streamSafetensors(file, [images(bytes)], stop.signal)).rejects.toThrow('stopped');
    expect(readdirSync(folder)).toEqual([]);
  });
});
