/** An array of a state dict. Halves, doubles and integers (num_batches_tracked) are converted to float32 when they are read. */
export interface StateTensor {
  readonly shape: readonly number[];
  /** Row-major. May share memory with other entries: to be read, not changed. */
  readonly data: Float32Array;
}

/** Parameters and buffers by their torch names, in the order of the file. */
export type StateDict = ReadonlyMap<string, StateTensor>;
