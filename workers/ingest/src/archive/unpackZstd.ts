import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { createZstdFrame } from './zstdFrame.ts';

/**
 * Unpacks a zstd file of any number of frames, as pzstd writes them; Node's own decoder ends with the first.
 * @throws what zlib throws, with a code that begins with ZSTD_
 */
export async function* unpackZstd(source: Readable): AsyncGenerator<Buffer> {
  const chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest = await next(chunks);
  while (rest !== null) {
    const frame = createZstdFrame();
    let left: Buffer | null = rest;
    const ofFrame = async function* (): AsyncGenerator<Buffer> {
      while (left !== null) {
        const { end, done } = frame.advance(left);
        const taken = left.subarray(0, end);
        left = end < left.length ? left.subarray(end) : await next(chunks);
        if (!frame.skippable) yield taken;
        if (done) return;
      }
    };
    yield* decode(ofFrame());
    rest = left;
  }
}

async function* decode(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const first = await packed.next();
  if (first.done === true) return;
  const decoder = createZstdDecompress({ chunkSize: 2 ** 16 });
  const feed = async (): Promise<void> => {
    for (let item: IteratorResult<Buffer> = first; item.done !== true; item = await packed.next())
      if (!decoder.write(item.value)) await Promise.race([once(decoder, 'drain'), once(decoder, 'close')]);
    decoder.end();
  };
  feed().catch((error: unknown) => decoder.destroy(error as Error));
  yield* decoder as AsyncIterable<Buffer>;
}

async function next(chunks: AsyncIterator<Buffer>): Promise<Buffer | null> {
  const item = await chunks.next();
  return item.done === true ? null : item.value;
}
