import type { RunSpec } from '@thaw/contract/runSpec';
import { adviseSmaller, soundsOutOfMemory } from '../outOfMemory.ts';
import { TrainingError } from '../trainingError.ts';

/**
 * Makes a failure with a code and a sentence of an error in mid-training; one of unknown kind is told with its stack.
 *
 * @param available bytes of memory that training could have; null where nobody knows
 */
export function explainFailure(error: unknown, spec: RunSpec, available: number | null): TrainingError {
  if (error instanceof TrainingError) return error;
  if (!(error instanceof Error)) return new TrainingError('internal_error', String(error));
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new TrainingError('internal_error', `the disk of the worker is full (${error.message}); make room, the checkpoints before this one are kept`, { cause: error });
  const { batchSize, imageSize } = spec.data;
  if (soundsOutOfMemory(error.message))
    return new TrainingError('out_of_memory', `the device has too little memory for batches of ${batchSize} images of ${imageSize} pixels; ${adviseSmaller(spec, available)}`, { cause: error });
  return new TrainingError('internal_error', (error.stack ?? error.message).slice(0, 5000), { cause: error });
}
