import { presets } from '@thaw/contract/presets';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TrainerEvent } from '@thaw/contract/events';
import { expect, it } from 'vitest';
import { adviseSmaller, soundsOutOfMemory } from '../src/outOfMemory.ts';
import { explainFailure } from '../src/train/explainFailure.ts';
import { TrainingError } from '../src/trainingError.ts';
import { cutCifar10 } from './cifarCut.ts';

const { tutorial } = presets;

it('knows a device without memory by what TensorFlow says, and names the size to try', () => {
  const said = new Error('Session fail to run with error: OOM when allocating tensor with shape[64,64,112,112] and type float on /device:GPU:0');
  expect(explainFailure(said, tutorial, null)).toMatchObject({ code: 'out_of_memory', message: expect.stringMatching(/batches of 64 images of 32 pixels; try data\.batchSize 32$/) as unknown });
});

it.each([
  'Message: OOM when allocating tensor with shape[64,32,32,64] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu',
  'Array buffer allocation failed',
  "terminate called after throwing an instance of 'St9bad_alloc'\n  what():  std::bad_alloc",
  'what():  could not create a primitive',
  'FATAL ERROR: MarkCompactCollector: young object promotion failed Allocation failed - JavaScript heap out of memory',
])('knows %j', (words) => expect(soundsOutOfMemory(words)).toBe(true));

it('advises a batch that the memory has room for, and no more than half of what did not fit', () => {
  const advice = (batchSize: number, imageSize: number, gigabytes: number | null, backbone: 'resnet18' | 'resnet34' = 'resnet18') =>
    adviseSmaller({ model: { backbone, weights: 'none' }, data: { ...tutorial.data, batchSize, imageSize } }, gigabytes === null ? null : gigabytes * 1e9);
  expect(advice(1024, 256, null)).toBe('try data.batchSize 512, or a smaller data.imageSize');
  // 108 MB an image, and 850 for everything else.
  expect(advice(1024, 256, 8)).toBe('try data.batchSize 64, or a smaller data.imageSize');
  expect(advice(1024, 256, 8, 'resnet34')).toBe('try data.batchSize 32, or a smaller data.imageSize');
  expect(advice(96, 32, 64)).toBe('try data.batchSize 32');
  expect(advice(2, 256, 64)).toBe('try a smaller data.imageSize');
  expect(advice(64, 32, 0.5)).toMatch(/^a resnet18 needs about 850 MB: free some memory/);
});

it('ends a run that does not fit into memory with that failure, although it happens while its steps are compiled', () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-memory-'));
  cutCifar10(path.join(folder, 'data'), 512, 16);
  fs.writeFileSync(path.join(folder, 'spec.json'), JSON.stringify({ preset: 'scratch', data: { batchSize: 512, imageSize: 256, monitor: 'test', trainLimit: null, testLimit: null } }));
  const trainer = [process.execPath, path.join(import.meta.dirname, '../src/cli.ts'), 'train', ...['--spec', 'spec.json', '--data', 'data', '--out', 'out'].map((word) => (word.startsWith('--') ? word : path.join(folder, word)))];
  // 700 MB of data for the process, where the first batch alone takes 400.
  const { status, stdout } = spawnSync('sh', ['-c', 'ulimit -c 0; ulimit -d 700000; exec "$@"', 'sh', ...trainer], { encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true });
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as TrainerEvent);
  const failure = { code: 'out_of_memory', message: expect.stringMatching(/too little memory for batches of 512 images of 256 pixels; try data\.batchSize (2|4|8|16|32|64|128|256), or a smaller data\.imageSize$/) };
  expect([status, events]).toEqual([1, [expect.objectContaining({ type: 'finished', status: 'failed', failure })]]);
});

it('knows a full disk, which another worker may not have', () => {
  expect(explainFailure(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), tutorial, null)).toMatchObject({ code: 'internal_error', message: expect.stringMatching(/disk of the worker is full/) as unknown });
});

it('leaves alone what has a code already, and tells the rest with its stack', () => {
  const known = new TrainingError('diverged', 'x');
  expect(explainFailure(known, tutorial, null)).toBe(known);
  expect(explainFailure(new Error('something else'), tutorial, null)).toMatchObject({ code: 'internal_error', message: expect.stringMatching(/^Error: something else\n +at /) as unknown });
  expect(explainFailure('thrown', tutorial, null)).toMatchObject({ code: 'internal_error', message: 'thrown' });
});
