import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSafetensors } from '@thaw/formats/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { eventsOf, runTrainer, type TrainerRun } from './runTrainer.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-ends-'));
const [data, weights] = [path.join(folder, 'data'), path.join(folder, 'weights.safetensors')];
const train = (spec: object, out: string, from = weights) => runTrainer(folder, { data: { batchSize: 32 }, ...spec }, ['--data', data, '--weights', from, '--out', path.join(folder, out)]);

// One frozen epoch that goes well, then a rate at which nothing can be learnt.
let diverged: TrainerRun;
beforeAll(async () => {
  cutCifar10(data, 128, 64);
  writeFormulaWeights(weights);
  diverged = await train({ schedule: { epochs: 3, freezeEpochs: 1, unfreezeLearningRate: 1000, frozenBatchNorm: 'eval' } }, 'diverged');
}, 60_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

const frozenModel = path.join(folder, 'diverged/checkpoints/4/model.safetensors');

describe('a run that diverges', () => {
  it('fails within the epoch, and says at which step and rate, and which checkpoint is kept', () => {
    const finished = eventsOf(diverged.events, 'finished')[0];
    expect(diverged.exitCode).toBe(1);
    expect(finished).toMatchObject({ status: 'failed', epochs: 1, failure: { code: 'diverged' } });
    expect(finished?.step).toBeLessThanOrEqual(8);
    expect(finished?.failure?.message).toMatch(new RegExp(`the loss became [\\d.e+]+ at step ${finished?.step} \\(epoch 2\\) with learning rate 1000; the checkpoint of step 4 is kept`));
    expect(diverged.stderr).toContain(finished?.failure?.message);
  });

  it('has said in words, beside the events, how many parameters learn in each phase', () => {
    expect(diverged.stderr).toContain('phase frozen from epoch 1: 5,130 parameters train, 11,176,512 are frozen, learning rate 0.001\nphase full from epoch 2: 11,181,642 parameters train, 0 are frozen, learning rate 1000\n');
  });

  it('keeps the last good checkpoint, and its curves up to the step that went wrong', () => {
    expect(fs.readdirSync(path.join(folder, 'diverged/checkpoints'))).toEqual(['4']);
    const rows = fs.readFileSync(path.join(folder, 'diverged/curves/iterations.csv'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(1 + (eventsOf(diverged.events, 'finished')[0]?.step ?? 0));
  });

  it('has counted no batch for the batch norms while they were in evaluation', () => {
    const file = openSafetensors(frozenModel);
    expect(file.read('bn1.num_batches_tracked')).toEqual(BigInt64Array.of(0n));
    file.close();
  });
});

describe('training from a checkpoint', () => {
  let run: TrainerRun;
  beforeAll(async () => {
    // Nothing is ever better by 100 nats: the first epoch sets the mark, and the three after it miss it. The rate is too high.
    run = await train({ schedule: { epochs: 6, freezeEpochs: 6 }, optimizer: { learningRate: 0.03 }, earlyStopping: { patience: 2, minDelta: 100 } }, 'again', frozenModel);
  }, 60_000);

  it('goes on with its head: the first evaluation is the last one of before', () => {
    const before = eventsOf(diverged.events, 'epoch')[1];
    expect(eventsOf(run.events, 'epoch')[0]).toMatchObject({ epoch: 0, testLoss: before?.testLoss, testAccuracy: before?.testAccuracy });
    expect(eventsOf(run.events, 'log')).toEqual([]);
  });

  it('stops early once the monitored loss has stalled for longer than the patience', () => {
    expect(run.exitCode, run.stderr).toBe(0);
    expect(eventsOf(run.events, 'epoch').map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    expect(eventsOf(run.events, 'finished')[0]).toMatchObject({ status: 'succeeded', epochs: 4, bestTest: null });
  });

  it('keeps the last two checkpoints and, before them, the best', () => {
    const best = eventsOf(run.events, 'checkpoint').filter((event) => event.best).at(-1)?.step as number;
    expect(best).toBeLessThan(12);
    expect(eventsOf(run.events, 'finished')[0]?.best?.epoch).toBe(best / 4);
    expect(fs.readdirSync(path.join(folder, 'again/checkpoints')).map(Number).sort((a, b) => a - b)).toEqual([best, 12, 16]);
  });
});

describe('training from weights of another number of classes', () => {
  it('says that the head is new, and that its first loss is about that of guessing', async () => {
    const imagenet = path.join(folder, 'imagenet.safetensors');
    writeFormulaWeights(imagenet, 1000);
    const run = await train({ schedule: { epochs: 1, freezeEpochs: 1 }, checkpointEvery: 1 }, 'imagenet', imagenet);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(eventsOf(run.events, 'log')).toMatchObject([{ level: 'info', message: expect.stringContaining('head is for other classes') as unknown }]);
    expect(Math.abs(Number(eventsOf(run.events, 'epoch')[0]?.testLoss) - Math.log(10))).toBeLessThan(1);
  }, 60_000);
});
