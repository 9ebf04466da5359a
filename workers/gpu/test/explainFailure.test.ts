import { presets } from '@thaw/contract/presets';
import { expect, it } from 'vitest';
import { explainFailure } from '../src/train/explainFailure.ts';
import { TrainingError } from '../src/trainingError.ts';

const { tutorial } = presets;

it('knows a device without memory by what TensorFlow says, and names the size to try', () => {
  const said = new Error('Session fail to run with error: OOM when allocating tensor with shape[64,64,112,112] and type float on /device:GPU:0');
  expect(explainFailure(said, tutorial)).toMatchObject({ code: 'out_of_memory', message: expect.stringMatching(/batches of 64 images of 32 pixels; try data\.batchSize 32/) as unknown });
});

it('knows a full disk, which another worker may not have', () => {
  expect(explainFailure(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), tutorial)).toMatchObject({ code: 'internal_error', message: expect.stringMatching(/disk of the worker is full/) as unknown });
});

it('leaves alone what has a code already, and tells the rest with its stack', () => {
  const known = new TrainingError('diverged', 'x');
  expect(explainFailure(known, tutorial)).toBe(known);
  expect(explainFailure(new Error('something else'), tutorial)).toMatchObject({ code: 'internal_error', message: expect.stringMatching(/^Error: something else\n +at /) as unknown });
  expect(explainFailure('thrown', tutorial)).toMatchObject({ code: 'internal_error', message: 'thrown' });
});
