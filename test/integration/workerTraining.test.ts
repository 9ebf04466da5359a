import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { evaluationPictures } from '@thaw/contract/evaluationPictures';
import type { Run } from '@thaw/contract/runs';
import { openSafetensors } from '@thaw/formats/safetensors';
import { writeFormulaWeights } from '../../workers/gpu/test/formulaWeights.ts';
import { writeImages } from '../faults/writeImages.ts';
import { missingStorage } from './servers.ts';
import { leaseSeconds, startWorld, type World } from './workerWorld.ts';

/** The whole way with the real trainer: TensorFlow, weights by the formula, a few hundred made-up images. */
const [trainImages, testImages] = [256, 64];
/** 24 of the 256 are held out for validation. */
const stepsPerEpoch = 8;
const epochs = 4;
const spec = {
  preset: 'quick',
  data: { batchSize: 32, trainLimit: null, testLimit: null, monitor: 'val', augmentation: null },
  // A rate that spoils what the frozen epochs learnt: the best checkpoint is not the newest one.
  schedule: { epochs, freezeEpochs: 1, unfreezeLearningRate: 0.01 },
};

describe.skipIf(missingStorage('minio') !== null)('a worker that trains, on MinIO', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      s3: 'minio',
      prepare: (folder) => {
        const data = path.join(folder, 'cifar');
        mkdirSync(data);
        writeImages(path.join(data, 'data_batch_1.bin'), trainImages, 1);
        writeImages(path.join(data, 'test_batch.bin'), testImages, 2);
        const weights = path.join(folder, 'formula.safetensors');
        writeFormulaWeights(weights);
        return Promise.resolve({ data, weights });
      },
    });
  });
  afterAll(() => world.stop());

  const ended = (id: string): Promise<Run> =>
    vi.waitFor(
      async () => {
        const run = await world.run(id);
        if (!['succeeded', 'failed', 'cancelled'].includes(run.status)) throw new Error(`the run stands at ${run.status}, attempt ${run.attempt}, step ${run.step}`);
        return run;
      },
      { timeout: 90_000, interval: 100 },
    );

  test('kill -9 in mid-run: it goes on elsewhere, and ends as the run that nobody disturbed', { timeout: 180_000 }, async () => {
    const first = world.startWorker('main');
    const undisturbed = await world.createRun(spec);
    expect(await ended(undisturbed)).toMatchObject({ status: 'succeeded', attempt: 1, failure: null });

    const id = await world.createRun(spec);
    await vi.waitFor(
      async () => {
        expect((await world.checkpoints(id)).length).toBeGreaterThanOrEqual(2);
        expect((await world.run(id)).step).toBeLessThan(epochs * stepsPerEpoch);
      },
      { timeout: 60_000, interval: 50 },
    );
    first.child.kill('SIGKILL');
    const killedAt = performance.now();
    world.startWorker('main');
    await vi.waitFor(async () => expect(await world.run(id)).toMatchObject({ status: 'running', attempt: 2 }), { timeout: (leaseSeconds + 10) * 1000, interval: 50 });
    const seconds = (performance.now() - killedAt) / 1000;
    expect(seconds).toBeLessThan(leaseSeconds + 10);
    const run = await ended(id);
    expect(run).toMatchObject({ status: 'succeeded', attempt: 2, device: expect.stringMatching(/^cpu: /) as unknown });

    expect(run.result?.best?.epoch).toBeLessThan(epochs);
    expect(run.result?.bestTest?.loss).toBeCloseTo(Number((await world.run(undisturbed)).result?.bestTest?.loss), 3);
    const [whole, resumed] = [await world.metrics(undisturbed), await world.metrics(id)];
    expect(resumed.iterations.map(({ step }) => step)).toEqual(Array.from({ length: epochs * stepsPerEpoch }, (_, i) => i + 1));
    expect(resumed.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs + 1 }, (_, i) => i));
    resumed.iterations.forEach(({ loss }, i) => expect(Number(loss) / Number(whole.iterations[i]?.loss), `step ${i + 1}`).toBeCloseTo(1, 2));
    expect(resumed.epochs.map(({ learningRate, phase }) => [learningRate, phase])).toEqual(whole.epochs.map(({ learningRate, phase }) => [learningRate, phase]));

    const csv = await world.object(run.curves.find(({ name }) => name === 'iterations.csv')?.uri ?? '');
    expect(csv.toString().trim().split('\n')).toHaveLength(epochs * stepsPerEpoch + 1);
    const { evaluated, loss, top1, panel, confusion } = await world.evaluation(id);
    expect(evaluated).toMatchObject({ part: 'test', images: testImages, epoch: run.result?.best?.epoch, monitor: 'val' });
    expect(evaluated.checkpoint).toBe((await world.checkpoints(id)).find(({ best }) => best)?.files.find(({ name }) => name === 'model.safetensors')?.sha256);
    expect({ loss, accuracy: top1 }).toEqual(run.result?.bestTest);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(testImages);
    const cells = confusion.flatMap((row, actual) => row.map((images, predicted) => ({ actual, predicted, images })));
    const largest = cells.reduce((a, b) => (b.images > a.images ? b : a));
    const asked = await world.request('GET', `/v1/runs/${id}/evaluation/pictures?actual=${largest.actual}&predicted=${largest.predicted}&limit=100`);
    const { items } = evaluationPictures.parse(await asked.json());
    expect(items).toHaveLength(largest.images);
    // As writeImages gives them their classes.
    expect(new Set(items.map(({ row }) => row % 10))).toEqual(new Set([largest.actual]));
    // Of both attempts, from before the training on.
    expect(panel.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs + 1 }, (_, i) => i));

    const last = (await world.checkpoints(id)).at(-1);
    expect(last).toMatchObject({ step: epochs * stepsPerEpoch, epoch: epochs });
    const file = path.join(world.folder, 'model.safetensors');
    writeFileSync(file, await world.object(last?.files.find(({ name }) => name === 'model.safetensors')?.uri ?? ''));
    const model = openSafetensors(file);
    expect(model.entries.get('fc.weight')?.shape).toEqual([10, 512]);
    model.close();
  });
});
