import type { EpochRecord, EventOf } from '@thaw/contract/events';
import { presets } from '@thaw/contract/presets';
import type { Run } from '@thaw/contract/runs';
import { describe, expect, it } from 'vitest';
import { announcePhase, announceRun, announceStart } from '../../src/demo/announce.ts';
import { epochLine } from '../../src/demo/epochLine.ts';
import { formatBytes, formatClock, formatDuration, formatLoss, formatRate } from '../../src/demo/formatNumbers.ts';
import { lossCurve } from '../../src/demo/lossCurve.ts';
import { reportRun } from '../../src/demo/report.ts';
import { resultTable } from '../../src/demo/resultTable.ts';

const nothing = { trainLoss: null, trainAccuracy: null, valLoss: null, valAccuracy: null, testLoss: null, testAccuracy: null, imagesPerSecond: null, learningRate: null };
const initial: EpochRecord = { ...nothing, epoch: 0, phase: 'initial', valLoss: 2.41234, valAccuracy: 0.102, testLoss: 2.39991, testAccuracy: 0.1, seconds: 0.84 };
const frozen: EpochRecord = {
  ...nothing, epoch: 1, phase: 'frozen', learningRate: 1e-3, trainLoss: 2.24771, trainAccuracy: 0.18411, valLoss: 2.07414, valAccuracy: 0.258, imagesPerSecond: 1404.6, seconds: 4.21,
};
const full: EpochRecord = { ...frozen, epoch: 12, phase: 'full', learningRate: 1e-4, trainLoss: 'NaN', trainAccuracy: 0.1, valLoss: 'Infinity', valAccuracy: 0, imagesPerSecond: 282.3, seconds: 102.5 };

describe('numbers', () => {
  it('are shown as what they are', () => {
    expect(['NaN', 'Infinity', '-Infinity', null, 1.23456, 0, 12345.6].map((loss) => formatLoss(loss as number))).toEqual(['NaN', 'Infinity', '-Infinity', '-', '1.2346', '0.0000', '1.23e+4']);
    expect([1e-3, 5e-4, 0.000712345, 1, null].map(formatRate)).toEqual(['1e-3', '5e-4', '7.12e-4', '1e+0', '-']);
    expect([0, 12.4, 75, 3723, -3].map(formatClock)).toEqual(['0:00', '0:12', '1:15', '1:02:03', '0:00']);
    expect([3.62, 59.94, 59.96, 125].map(formatDuration)).toEqual(['3.6 s', '59.9 s', '1 min 0 s', '2 min 5 s']);
    expect([999, 23456, 999_949, 999_951, 44_777_032, 5e9].map(formatBytes)).toEqual(['999 B', '23.5 kB', '999.9 kB', '1.0 MB', '44.8 MB', '5.0 GB']);
  });
});

describe('the line of an epoch', () => {
  const start = 'pretrained, not fine-tuned';
  it('says what was measured', () => {
    expect(epochLine(initial, 12, start, 120)).toBe('epoch  0/12  pretrained, not fine-tuned  val loss 2.4123, 10.2 %  test loss 2.3999, 10.0 %  0.8 s');
    expect(epochLine(frozen, 12, start, 120)).toBe('epoch  1/12  frozen  train loss 2.2477, 18.4 %  val loss 2.0741, 25.8 %  lr 1e-3  1,405 images/s  4.2 s');
    expect(epochLine(full, 12, start, 120)).toBe('epoch 12/12  full    train loss NaN, 10.0 %  val loss Infinity, 0.0 %  lr 1e-4  282 images/s  1 min 43 s');
  });
  it('gets shorter with the terminal', () => {
    expect(epochLine(frozen, 12, start, 100)).toBe('epoch  1/12  frozen  train loss 2.2477, 18.4 %  val loss 2.0741, 25.8 %  1,405 images/s  4.2 s');
    expect(epochLine(frozen, 6, start, 60)).toBe('1/6 frozen train 2.25 18.4% val 2.07 25.8% 1,405/s 4.2 s');
    expect(epochLine(initial, 6, start, 60)).toBe('0/6 start val 2.41 10.2% test 2.40 10.0% 0.8 s');
  });
});

describe('the result table', () => {
  it('has a row for every epoch, the one before training included', () => {
    expect(resultTable([initial, frozen, full], 120)).toEqual([
      'epoch  phase      lr  train loss  train acc  val loss  val acc  test loss  test acc  images/s  seconds',
      '─────  ───────  ────  ──────────  ─────────  ────────  ───────  ─────────  ────────  ────────  ───────',
      '    0  initial     -           -          -    2.4123   10.2 %     2.3999    10.0 %         -      0.8',
      '    1  frozen   1e-3      2.2477     18.4 %    2.0741   25.8 %          -         -     1,405      4.2',
      '   12  full     1e-4         NaN     10.0 %  Infinity    0.0 %          -         -       282    102.5',
    ]);
  });
  it('moves together in 100 columns', () => {
    expect(resultTable([initial, frozen], 100)[1]).toBe('───── ─────── ──── ────────── ───────── ──────── ─────── ───────── ──────── ──────── ───────');
  });
  it('fits into 60 columns', () => {
    const lines = resultTable([initial, frozen], 60);
    expect(lines).toEqual([
      'ep phase    lr     train       val      test img/s s',
      '── ────── ──── ───────── ───────── ───────── ───── ─',
      ' 0 start     -         - 2.41 10.2 2.40 10.0     - 1',
      ' 1 frozen 1e-3 2.25 18.4 2.07 25.8         - 1,405 4',
      'train, val, test: loss and accuracy in %',
    ]);
  });
});

describe('the loss curve', () => {
  const iterations = (losses: (number | 'NaN')[], thawAfter: number) =>
    losses.map((loss, i) => ({ step: i + 1, epoch: 1, phase: i < thawAfter ? ('frozen' as const) : ('full' as const), loss, learningRate: 1e-3 }));

  it('falls from the upper left to the lower right, the thaw marked', () => {
    expect(lossCurve(iterations(Array.from({ length: 60 }, (_, i) => 3 - i / 29.5), 30), 40)).toEqual([
      '3.00 ┤⠑⠢⢄⡀            ┊',
      '     │   ⠈⠑⠒⠤⣀        ┊',
      '     │        ⠉⠒⢄⣀    ┊',
      '     │            ⠉⠒⠤⣀┊',
      '2.00 ┤                ⠉⠑⠢⢄⡀',
      '     │                ┊   ⠈⠑⠢⢄⡀',
      '     │                ┊       ⠈⠑⠢⠤⣀',
      '1.00 ┤                ┊            ⠉⠒⠤⡀',
      '     └────────────────┴────────────────',
      '      1           thaw: step 31 step 60',
    ]);
  });

  it('needs no thaw', () => {
    const lines = lossCurve(iterations([2, 1.5, 1], 0), 30);
    expect(lines.join('\n')).not.toMatch(/┊|┴|thaw/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
  });

  it('draws a run of more steps than a call may have arguments', () => {
    const lines = lossCurve(iterations(Array.from({ length: 200_000 }, (_, i) => 3 - i / 100_000), 0), 40);
    expect(lines.at(-1)).toMatch(/^ +1 +step 200000$/);
  });

  it('tells what cannot be drawn', () => {
    expect(lossCurve(iterations([2, 1, 'NaN'], 0), 40).at(-1)).toBe('The loss of step 3 was NaN.');
    expect(lossCurve(iterations(['NaN'], 0), 40)).toEqual(['There is no loss to draw.', 'The loss of step 1 was NaN.']);
    expect(lossCurve([], 40)).toEqual(['There is no loss to draw.']);
  });
});

const event = <T>(fields: T): T => fields;
const run: Run = {
  id: 'run_1', name: 'quick on CIFAR-10', tags: [], edition: 0, status: 'succeeded', spec: presets.quick, dataset: { id: 'cifar10', version: 1 }, priority: 0,
  queuePosition: null, waitsFor: null, attempt: 1, stopRequested: false, epoch: 2, step: 60, stepsPerEpoch: 30, device: 'cpu: EPYC', lastEpoch: null, failure: null,
  result: { best: { epoch: 1, loss: 2.07414, accuracy: 0.258 }, bestTest: { loss: 2.1, accuracy: 0.25 }, seconds: 125 },
  curves: [{ name: 'iterations.csv', uri: 's3://thaw/runs/run_1/curves/iterations.csv', bytes: 23_456, sha256: 'c'.repeat(64) }],
  companionOf: null, evaluation: null, createdAt: '2025-01-01T00:00:00Z', startedAt: null, finishedAt: null,
};

describe('what is announced', () => {
  it('names the recipe, the worker and the phases', () => {
    expect(announceRun(run)).toBe('run run_1: preset quick, ResNet18 from ImageNet weights, 6 epochs, the first 2 with a frozen backbone');
    expect(announceRun({ ...run, spec: presets.scratch })).toBe('run run_1: preset scratch, ResNet18 from random weights, 6 epochs, nothing frozen');
    const started: EventOf<'started'> = event({
      type: 'started', step: 0, resumedFromStep: null, device: { type: 'cpu', name: 'EPYC' }, engine: 'TensorFlow 2.21.0', weights: 'none', classes: 10,
      images: { train: 4500, val: 500, test: 1000 }, stepsPerEpoch: 71, epochs: 6,
    });
    expect(announceStart(started, 1)).toBe('TensorFlow 2.21.0 on cpu (EPYC), 4,500 train + 500 val + 1,000 test images, 71 steps an epoch');
    expect(announceStart({ ...started, resumedFromStep: 142 }, 2)).toMatch(/^attempt 2 goes on after step 142: TensorFlow/);
    expect(announcePhase({ type: 'phase', phase: 'frozen', epoch: 1, step: 0, learningRate: 1e-3, trainableParameters: 5130, frozenParameters: 11_176_512 })).toBe(
      'phase frozen from epoch 1: 5,130 parameters train, 11,176,512 are frozen, learning rate 1e-3',
    );
  });
});

describe('the report', () => {
  const model = { name: 'model.safetensors' as const, uri: 's3://thaw/runs/run_1/checkpoints/1-30/model.safetensors', bytes: 44_777_032, sha256: 'a'.repeat(64) };
  const checkpoint = { epoch: 1, step: 30, attempt: 1, best: true, files: [model], createdAt: '2025-01-01T00:00:00Z', pinned: false, expiresAt: null };
  const text = (ended: Partial<Parameters<typeof reportRun>[0]>) =>
    reportRun({ run, metrics: { epochs: [initial, frozen], iterations: [] }, checkpoints: [checkpoint, { ...checkpoint, epoch: 2, best: false }], ...ended }, 120).join('\n');

  it('says what came of it and where it is', () => {
    expect(text({})).toContain('Run run_1 succeeded after 2 min 5 s of training and evaluation on cpu: EPYC.');
    expect(text({})).toContain('Epoch 0: pretrained, not fine-tuned.');
    expect(text({})).toContain('Best epoch: 1, validation loss 2.0741, accuracy 25.8 %.\nIts checkpoint on the test images: loss 2.1000, accuracy 25.0 %.');
    expect(text({})).toContain(`Checkpoint of epoch 1 (best of those kept: 1, 2)\n  ${model.uri}  44.8 MB\n  sha256 ${model.sha256}\nCurves\n  s3://thaw/runs/run_1/curves/iterations.csv  23.5 kB`);
  });

  it('labels a baseline as one', () => {
    expect(text({ run: { ...run, spec: presets.scratch } })).toContain('Epoch 0: random weights, not trained. Losses are means over images, in nats.\nFrom random weights: a baseline, not a fine-tuned model.');
  });

  it('says why a run failed, and that nothing was kept', () => {
    const failed: Run = { ...run, status: 'failed', result: null, device: null, failure: { code: 'diverged', message: 'The loss became NaN.' }, curves: [] };
    expect(text({ run: failed, metrics: { epochs: [], iterations: [] }, checkpoints: [] })).toBe('\nRun run_1 failed.\nThe loss became NaN.\n\nNo checkpoint was kept.');
  });
});
