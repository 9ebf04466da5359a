import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TrainerEvent } from '@thaw/contract/events';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { openSafetensors } from '@thaw/formats/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { eventsOf, runTrainer, type TrainerRun } from './runTrainer.ts';

// Four epochs of five steps: two frozen, two full, with every source of randomness and a rate that moves.
const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-resume-'));
const [data, weights] = [path.join(folder, 'data'), path.join(folder, 'weights.safetensors')];
const spec = {
  data: { batchSize: 32, monitor: 'val', valFraction: 0.1 },
  schedule: { epochs: 4, freezeEpochs: 2 },
  scheduler: { type: 'reduce_on_plateau', patience: 0, threshold: 0.5 },
  seed: 7,
};
const train = (name: string, more: string[] = [], watch?: Parameters<typeof runTrainer>[3]) => runTrainer(folder, spec, ['--data', data, '--weights', weights, '--out', path.join(folder, name), ...more], watch);
const checkpointsOf = (name: string) => fs.readdirSync(path.join(folder, name, 'checkpoints')).sort((a, b) => Number(a) - Number(b));
const timings = ['seconds', 'cpuSeconds', 'imagesPerSecond'];
const withoutTimings = (event: object) => Object.fromEntries(Object.entries(event).filter(([key]) => !timings.includes(key)));

/** What a run leaves: all events of its curves without timings, and the model, to the byte. */
async function resultOf(name: string) {
  const out = path.join(folder, name);
  const lines = fs.readFileSync(path.join(out, 'curves/events.ndjson'), 'utf8').trimEnd().split('\n');
  const models = checkpointsOf(name).map(async (step) => [step, await sha256OfFile(path.join(out, 'checkpoints', step, 'model.safetensors'))]);
  return { curves: lines.map((line) => withoutTimings(JSON.parse(line) as object)), models: Object.fromEntries(await Promise.all(models)) as Record<string, string> };
}

const at = (step: number, signal: NodeJS.Signals): Parameters<typeof runTrainer>[3] => (event, child) => void (event.type === 'iteration' && event.step === step && child.kill(signal));

let whole: TrainerRun;
let expected: Awaited<ReturnType<typeof resultOf>>;
beforeAll(async () => {
  cutCifar10(data, 160, 64);
  writeFormulaWeights(weights);
  whole = await train('whole');
  expect(whole.exitCode, whole.stderr).toBe(0);
  expected = await resultOf('whole');
}, 120_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('an undisturbed run', () => {
  it('says everything once, in order', () => {
    const { events } = whole;
    const steps = eventsOf(events, 'iteration');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(eventsOf(events, 'epoch').map(({ epoch, phase, step }) => [epoch, phase, step])).toEqual([[0, 'initial', 0], [1, 'frozen', 5], [2, 'frozen', 10], [3, 'full', 15], [4, 'full', 20]]);
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['started', 'finished']);
    expect(eventsOf(events, 'started')[0]).toMatchObject({ resumedFromStep: null, images: { train: 143, val: 17, test: 64 }, stepsPerEpoch: 5, epochs: 4 });
    // The threshold makes every epoch a bad one after the first: halved after epoch 2, the thaw's rate then, halved again.
    expect(eventsOf(events, 'epoch').map(({ learningRate }) => learningRate)).toEqual([null, 1e-3, 1e-3, 1e-4, 5e-5]);
  });

  it('averages an epoch over its images, of which the last batch has fewer', () => {
    const [, ...epochs] = eventsOf(whole.events, 'epoch');
    for (const { epoch, trainLoss, trainAccuracy } of epochs) {
      const steps = eventsOf(whole.events, 'iteration').filter((event) => event.epoch === epoch);
      const sizes = [32, 32, 32, 32, 15];
      expect(trainLoss).toBeCloseTo(steps.reduce((sum, { loss }, index) => sum + Number(loss) * (sizes[index] as number), 0) / 143, 9);
      expect(Number.isInteger(Number(((trainAccuracy ?? 0) * 143).toFixed(9)))).toBe(true);
    }
  });

  it('is judged on the test part once, by its best checkpoint', () => {
    const finished = eventsOf(whole.events, 'finished')[0];
    const losses = eventsOf(whole.events, 'epoch').slice(1).map(({ valLoss }) => Number(valLoss));
    expect(finished).toMatchObject({ status: 'succeeded', epochs: 4, step: 20, failure: null, best: { epoch: losses.indexOf(Math.min(...losses)) + 1, loss: Math.min(...losses) } });
    expect(finished?.bestTest?.loss).toBeGreaterThan(0);
    expect(eventsOf(whole.events, 'epoch').map(({ testLoss }) => testLoss === null)).toEqual([false, true, true, true, true]);
  });

  it('keeps the last two checkpoints and the best, as its events describe them', async () => {
    const events = eventsOf(whole.events, 'checkpoint');
    expect(events.map(({ step, epoch }) => [step, epoch])).toEqual([[5, 1], [10, 2], [15, 3], [20, 4]]);
    const best = events.filter((event) => event.best).at(-1)?.step as number;
    expect(checkpointsOf('whole').map(Number)).toEqual([...new Set([best, 15, 20])].sort((a, b) => a - b));
    for (const { name, bytes, sha256 } of events.at(-1)?.files ?? []) {
      const file = path.join(events.at(-1)?.directory ?? '', name);
      expect([fs.statSync(file).size, await sha256OfFile(file)]).toEqual([bytes, sha256]);
    }
  });

  it('has all 122 entries of a ResNet18 in its model, and the count of training batches', () => {
    const file = openSafetensors(path.join(folder, 'whole/checkpoints/20/model.safetensors'));
    expect(file.entries.size).toBe(122);
    expect(file.read('layer4.1.bn2.num_batches_tracked')).toEqual(BigInt64Array.of(20n));
    expect(JSON.parse(file.metadata['thaw'] ?? '{}')).toMatchObject({ backbone: 'resnet18', epoch: 4, step: 20, classes: expect.arrayContaining(['frog']) as unknown, transform: { imageSize: 32, storedSize: { height: 32, width: 32 }, mean: [0.4914, 0.4822, 0.4465] } });
    file.close();
  });

  it('leaves a line of each curve for every step and epoch', () => {
    const rows = (name: string) => fs.readFileSync(path.join(folder, 'whole/curves', name), 'utf8').trimEnd().split('\n');
    expect([rows('iterations.csv').length, rows('epochs.csv').length]).toEqual([21, 6]);
    expect(rows('events.ndjson').map((line) => (JSON.parse(line) as TrainerEvent).type).filter((type) => type === 'phase')).toHaveLength(2);
  });
});

describe('the same run again', () => {
  it('is the same to the bit', async () => {
    await train('again');
    expect(await resultOf('again')).toEqual(expected);
  }, 60_000);

  it('is refused where checkpoints lie that it was not told to resume', async () => {
    const before = checkpointsOf('whole');
    const { exitCode, events, stderr } = await train('whole');
    expect([exitCode, events.length]).toEqual([2, 1]);
    expect(stderr).toMatch(/holds checkpoints of an earlier run: go on from them with --resume/);
    expect(checkpointsOf('whole')).toEqual(before);
  }, 60_000);

  it('is refused a resume with other settings, which are named', async () => {
    const other = { ...spec, data: { ...spec.data, batchSize: 16 }, seed: 6 };
    const { exitCode, stderr } = await runTrainer(folder, other, ['--data', data, '--weights', weights, '--out', path.join(folder, 'whole'), '--resume']);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/of a run with other settings \(data\.batchSize, seed\): resume with the same spec/)]);
  }, 60_000);

  it('lets the last checkpoint stand in where the best one is gone, with a warning', async () => {
    fs.cpSync(path.join(folder, 'whole'), path.join(folder, 'bestless'), { recursive: true });
    const best = eventsOf(whole.events, 'checkpoint').findLast((event) => event.best)?.step as number;
    expect(best).toBeLessThan(20);
    fs.rmSync(path.join(folder, 'bestless/checkpoints', String(best)), { recursive: true });
    const { exitCode, events } = await train('bestless', ['--resume']);
    expect(exitCode).toBe(0);
    expect(eventsOf(events, 'log').map(({ message }) => message)).toEqual([expect.stringMatching(/^The best checkpoint cannot be read .* the last one is evaluated instead/)]);
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'bestless/evaluation.json'), 'utf8'))).toMatchObject({ evaluated: { epoch: 4, step: 20 } });
  }, 60_000);

  it('has nothing left to do when it is resumed after its end', async () => {
    const { exitCode, events } = await train('whole', ['--resume']);
    expect(exitCode).toBe(0);
    expect(eventsOf(events, 'iteration')).toEqual([]);
    expect(withoutTimings(eventsOf(events, 'finished')[0] ?? {})).toEqual(withoutTimings(eventsOf(whole.events, 'finished')[0] ?? {}));
    expect(await resultOf('whole')).toEqual(expected);
  }, 60_000);
});

describe('a run that is killed', () => {
  it('in a frozen epoch, in a full one and right after a checkpoint, ends as if nothing had happened', async () => {
    const afterCheckpoint: ReturnType<typeof at> = (event, child) => void (event.type === 'checkpoint' && event.step === 15 && child.kill('SIGKILL'));
    const starts: (number | null | undefined)[] = [];
    // The first is killed before its first checkpoint, most likely: the second then starts anew.
    for (const kill of [at(1, 'SIGKILL'), at(7, 'SIGKILL'), at(12, 'SIGKILL'), afterCheckpoint, undefined]) {
      const run = await train('killed', starts.length > 0 ? ['--resume'] : [], kill);
      starts.push(eventsOf(run.events, 'started')[0]?.resumedFromStep);
      expect(run.exitCode, run.stderr).toBe(kill === undefined ? 0 : null);
    }
    // How far a run gets before the signal reaches it is the machine's affair.
    expect([[null], [null, 5], [5, 10], [10], [15]].map((likely, index) => likely.includes(starts[index] as number | null))).toEqual([true, true, true, true, true]);
    expect(await resultOf('killed')).toEqual(expected);
  }, 120_000);
});

describe('a run that is told to stop', () => {
  let stops: TrainerRun[];
  const waits: number[] = [];
  let damaged: string;
  beforeAll(async () => {
    const stopAt = (step: number): ReturnType<typeof at> => (event, child) => {
      if (event.type !== 'iteration' || event.step !== step) return;
      const sent = performance.now();
      child.on('exit', () => waits.push(performance.now() - sent));
      child.kill('SIGTERM');
    };
    stops = [await train('stopped', [], stopAt(6))];
    stops.push(await train('stopped', ['--resume'], stopAt(16)));
    damaged = checkpointsOf('stopped').at(-1) as string;
    const file = path.join(folder, 'stopped/checkpoints', damaged, 'state.safetensors');
    fs.truncateSync(file, fs.statSync(file).size - 1);
    stops.push(await train('stopped', ['--resume']));
  }, 120_000);

  it('saves within seconds and says so: exit code 143, status stopped', () => {
    for (const { exitCode, events } of stops.slice(0, 2)) {
      expect(exitCode).toBe(143);
      const [checkpoint, finished] = [eventsOf(events, 'checkpoint').at(-1), eventsOf(events, 'finished')[0]];
      expect(finished).toMatchObject({ status: 'stopped', step: checkpoint?.step, failure: null });
      expect(checkpoint?.step).toBe(eventsOf(events, 'iteration').at(-1)?.step);
    }
    expect(waits).toHaveLength(2);
    expect(Math.max(...waits)).toBeLessThan(10_000);
  });

  it('goes on from the very step, in the middle of an epoch', () => {
    const saved = eventsOf(stops[0]?.events ?? [], 'checkpoint').at(-1)?.step as number;
    expect(eventsOf(stops[1]?.events ?? [], 'started')[0]).toMatchObject({ step: saved, resumedFromStep: saved });
    expect(eventsOf(stops[1]?.events ?? [], 'iteration')[0]?.step).toBe(saved + 1);
  });

  it('takes the checkpoint before where the newest is damaged, with a warning', () => {
    const events = stops[2]?.events ?? [];
    const warnings = eventsOf(events, 'log').filter(({ level }) => level === 'warning');
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(new RegExp(`checkpoint of step ${damaged} cannot be read`))]);
    expect(eventsOf(events, 'started')[0]?.resumedFromStep).toBe(15);
    expect(stops[2]?.exitCode).toBe(0);
  });

  it('ends as if nothing had happened', async () => {
    expect(await resultOf('stopped')).toEqual(expected);
  });
});
