import { open, rm } from 'node:fs/promises';

/** Where pictures wait for their packs: one file of squares of one size, in the order in which they came. */
export interface PixelSource {
  /** Pixels. */
  readonly side: number;
  /** Puts pictures by their numbers, in this order, into the beginning of `into`: u8 [numbers.length, side, side, 3]. */
  read(numbers: ArrayLike<number>, into: Uint8Array): Promise<void>;
}

export interface Spool extends PixelSource {
  /** The next picture's pixels. */
  add(pixels: Uint8Array): Promise<void>;
  /** Before the first read. */
  flush(): Promise<void>;
  remove(): Promise<void>;
}

const bufferBytes = 4 * 2 ** 20;

export async function createSpool(path: string, side: number): Promise<Spool> {
  const handle = await open(path, 'wx+');
  const imageBytes = 3 * side * side;
  const atOnce = Math.max(1, Math.floor(bufferBytes / imageBytes));
  let buffer = Buffer.alloc(atOnce * imageBytes);
  let held = 0;
  let written = 0;
  /** Writes follow each other; while one goes on, pictures gather in another buffer. */
  let writing: Promise<unknown> = Promise.resolve();

  const flush = async (): Promise<void> => {
    await writing;
    if (held === 0) return;
    const [full, at] = [buffer.subarray(0, held * imageBytes), written * imageBytes];
    written += held;
    held = 0;
    buffer = Buffer.alloc(atOnce * imageBytes);
    writing = handle.write(full, 0, full.length, at);
    await writing;
  };
  return {
    side,
    add: async (pixels) => {
      if (held === atOnce) await flush();
      buffer.set(pixels, held * imageBytes);
      held += 1;
    },
    flush,
    read: async (numbers, into) => {
      for (let slot = 0; slot < numbers.length; ) {
        const first = numbers[slot] as number;
        let count = 1;
        while (slot + count < numbers.length && numbers[slot + count] === first + count) count++;
        const { bytesRead } = await handle.read(into, slot * imageBytes, count * imageBytes, first * imageBytes);
        if (bytesRead !== count * imageBytes) throw new Error(`${path} ends before picture ${first + count - 1}`);
        slot += count;
      }
    },
    remove: async () => {
      await handle.close();
      await rm(path, { force: true });
    },
  };
}
