import type { TrainerEvent } from '@thaw/contract/events';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { ImageSource } from '@thaw/formats/imageSource';
import { afterAll, expect, it } from 'vitest';
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import { Network } from '../src/train/network.ts';
import { loadModel } from '../src/train/networkState.ts';
import { Trainer } from '../src/train/trainer.ts';
import { formulaState } from './formulaWeights.ts';
import { largestDifference, pictures } from './inputs.ts';

// What a signal cannot be timed for: a stop that comes between the frozen and the first full epoch.
const source: ImageSource = {
  count: 8,
  height: 32,
  width: 32,
  labels: Int32Array.from({ length: 8 }, (_, index) => index),
  readImages: (indices, into) => Array.from(indices).forEach((index, slot) => into.set(all.subarray(index * 3072, (index + 1) * 3072), slot * 3072)),
  close: () => undefined,
};
const all = pictures(32, 8);
const part = { source, indices: Int32Array.from({ length: 8 }, (_, index) => index) };
const parts = { train: part, val: null, test: part };

const resolved = resolveSpec({ data: { batchSize: 4 }, schedule: { epochs: 2, freezeEpochs: 1 } });
if (!resolved.ok) throw new Error('no spec');
const { spec } = resolved;
const { mean, std } = spec.data.normalization as { mean: number[]; std: number[] };
const network = new Network({ spec, classes: 10, storedSize: source, normalization: { mean, std }, batchSizes: [4] });
const start = formulaState();
afterAll(() => network.program.close());

/** Trains from the formula's weights or a checkpoint, until the end or the event at which to stop. */
async function train(resumed?: Checkpoint, stopAt: (event: TrainerEvent) => boolean = () => false) {
  loadModel(network, start);
  const stop = new AbortController();
  const checkpoints: Checkpoint[] = [];
  const sink = { event: (event: TrainerEvent) => void (stopAt(event) && stop.abort()), checkpoint: (checkpoint: Checkpoint) => void checkpoints.push({ ...checkpoint, history: [...checkpoint.history] }) };
  const trainer = new Trainer(spec, network, parts, sink, resumed);
  const { status } = await trainer.run(stop.signal);
  return { status, checkpoints, history: trainer.history.map(({ type, step }) => `${type} ${step}`) };
}

it('a run that is stopped between two epochs writes no second checkpoint, and begins the next one when it is resumed', async () => {
  const whole = await train();
  expect(whole.history).toEqual(['epoch 0', 'panel 0', 'phase 0', 'iteration 1', 'iteration 2', 'epoch 2', 'panel 2', 'phase 2', 'iteration 3', 'iteration 4', 'epoch 4', 'panel 4']);
  const stopped = await train(undefined, ({ type, step }) => type === 'epoch' && step === 2);
  expect([stopped.status, stopped.checkpoints.map(({ progress }) => progress.step), stopped.history.at(-1)]).toEqual(['stopped', [2], 'panel 2']);
  const resumed = await train(stopped.checkpoints[0]);
  expect([resumed.status, resumed.history]).toEqual(['succeeded', whole.history]);
  for (const [name, { data }] of whole.checkpoints.at(-1)?.model ?? []) expect(largestDifference(resumed.checkpoints.at(-1)?.model.get(name)?.data ?? [], data), name).toBe(0);
}, 60_000);
