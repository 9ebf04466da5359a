/** Labelled images on a disk: square or not, all of one size, RGB. Reading is synchronous, as the trainer is. */
export interface ImageSource {
  /** Number of images. */
  readonly count: number;
  /** Pixels. */
  readonly height: number;
  readonly width: number;
  /** Class of each image, [count]. */
  readonly labels: Int32Array;
  /** Puts the images of these indices, in this order, into the beginning of `into`: u8 [indices.length, height, width, 3]. */
  readImages(indices: ArrayLike<number>, into: Uint8Array): void;
  close(): void;
}

/** A stretch of images that lie one after the other, to be read at once: `count` of them from index `first`, for slot `slot` on. */
export interface IndexRun {
  first: number;
  count: number;
  slot: number;
}

/**
 * Splits a list of indices into stretches of consecutive ones, so that images in file order cost few reads.
 * @throws RangeError where an index is no image, or `into` too small
 */
export function* consecutiveRuns(indices: ArrayLike<number>, imageCount: number, imageBytes: number, into: Uint8Array): Generator<IndexRun> {
  if (indices.length * imageBytes > into.length)
    throw new RangeError(`${indices.length} images of ${imageBytes} bytes do not fit into a buffer of ${into.length} bytes`);
  for (let slot = 0; slot < indices.length; ) {
    const first = indices[slot] as number;
    let count = 1;
    while (slot + count < indices.length && indices[slot + count] === first + count) count++;
    if (!Number.isInteger(first) || first < 0 || first + count > imageCount)
      throw new RangeError(`images ${first} to ${first + count - 1} were asked for, but there are ${imageCount}`);
    yield { first, count, slot };
    slot += count;
  }
}
