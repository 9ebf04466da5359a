/** What a weights file may ask for before its content is believed. */
export interface WeightsLimits {
  /** Bytes of a pickle, and of a safetensors header. A ResNet34 needs 27 kB. */
  headerBytes: number;
  /** Steps of the pickle interpreter: bounds its time, its stack, its memo and the objects it makes. A ResNet34 needs 8,000. */
  operations: number;
  /** Elements of all tensors of the state dict together. A ResNet34 has 21.8 million. */
  elements: number;
  /** Bytes of all storages that are read. */
  storageBytes: number;
}

export const defaultWeightsLimits: WeightsLimits = {
  headerBytes: 8 * 2 ** 20,
  operations: 500_000,
  elements: 64 * 2 ** 20,
  storageBytes: 512 * 2 ** 20,
};
