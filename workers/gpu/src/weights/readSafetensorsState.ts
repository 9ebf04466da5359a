import { elementCount } from '@thaw/formats/dtypes';
import { openSafetensors } from '@thaw/formats/safetensors';
import type { StateDict, StateTensor } from './stateDict.ts';
import { safetensorsElements } from './storageTypes.ts';
import { stripPrefixes } from './unwrapState.ts';
import { WeightsError } from './weightsError.ts';
import type { WeightsLimits } from './weightsLimits.ts';

/**
 * Reads all tensors of a safetensors file.
 * @throws WeightsError, FormatError
 */
export function readSafetensorsState(path: string, limits: WeightsLimits): StateDict {
  const file = openSafetensors(path, { headerBytes: limits.headerBytes, tensorBytes: limits.storageBytes });
  try {
    const elements = [...file.entries.values()].reduce((sum, { shape }) => sum + (elementCount(shape) ?? 0), 0);
    if (elements > limits.elements) throw new WeightsError(`${path} has ${elements} elements; more than ${limits.elements} are not accepted.`);
    const state = new Map<string, StateTensor>();
    for (const [name, { dtype, shape }] of file.entries) state.set(name, { shape, data: safetensorsElements[dtype].toFloat32(file.read(name)) });
    if (state.size === 0) throw new WeightsError(`${path} holds no tensors.`);
    return stripPrefixes(state);
  } finally {
    file.close();
  }
}
