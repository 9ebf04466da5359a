import type { RunSpec } from '@thaw/contract/runSpec';
import { TrainingError } from '../trainingError.ts';

/** How TensorFlow and V8 say that there is no memory left. */
const outOfMemory = /OOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|out of memory|std::bad_alloc|allocation failed/i;

/** Makes a failure with a code and a sentence of an error in mid-training; one of unknown kind is told with its stack. */
export function explainFailure(error: unknown, { data: { batchSize, imageSize } }: RunSpec): TrainingError {
  if (error instanceof TrainingError) return error;
  if (!(error instanceof Error)) return new TrainingError('internal_error', String(error));
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new TrainingError('internal_error', `the disk of the worker is full (${error.message}); make room, the checkpoints before this one are kept`, { cause: error });
  if (outOfMemory.test(error.message))
    return new TrainingError('out_of_memory', `the device has too little memory for batches of ${batchSize} images of ${imageSize} pixels; try data.batchSize ${Math.max(2, batchSize >> 1)}`, { cause: error });
  return new TrainingError('internal_error', (error.stack ?? error.message).slice(0, 5000), { cause: error });
}
