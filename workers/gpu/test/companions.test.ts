import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { comparison, type ComparisonRow } from '@thaw/contract/comparison';
import { evaluation } from '@thaw/contract/evaluation';
import { openSafetensors } from '@thaw/formats/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDescription } from '../src/checkpoint/readModel.ts';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { runTrainer } from './runTrainer.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-companions-'));
const inFolder = (name: string): string => path.join(folder, name);
const spec = { preset: 'quick', data: { batchSize: 32, trainLimit: null, testLimit: null, valFraction: 0.2 }, schedule: { epochs: 2, freezeEpochs: 1 }, companions: ['untuned', 'linear_probe', 'scratch'] };
const args = (out: string): string[] => ['--data', inFolder('data'), '--weights', inFolder('weights.safetensors'), '--out', inFolder(out)];

beforeAll(() => {
  cutCifar10(inFolder('data'), 120, 20);
  writeFormulaWeights(inFolder('weights.safetensors'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const readJson = (file: string): unknown => JSON.parse(fs.readFileSync(inFolder(file), 'utf8'));
const table = (): Record<string, ComparisonRow> => Object.fromEntries(comparison.parse(readJson('out/comparison.json')).rows.map((row) => [row.kind, row]));
const evaluated = (at: string) => evaluation.parse(readJson(path.join(at, 'evaluation.json')));
const newest = (at: string): string => path.join(inFolder(at), 'checkpoints', String(Math.max(...fs.readdirSync(path.join(inFolder(at), 'checkpoints')).map(Number))), 'model.safetensors');

/** Trains as the service has it done: a supervisor holds the trainer's standard input open. */
function supervised(): Promise<number | null> {
  fs.writeFileSync(inFolder('spec.json'), JSON.stringify(spec));
  const cli = path.join(import.meta.dirname, '../src/cli.ts');
  const child = spawn(process.execPath, [cli, 'train', '--supervised', '--spec', inFolder('spec.json'), ...args('out')], { stdio: ['pipe', 'ignore', 'inherit'] });
  // Its files are there.
  child.stdin.write('\n');
  return new Promise((resolve) => child.on('close', resolve));
}

describe('a run with companions', () => {
  it('trains none of them for the service, where they are runs of their own', async () => {
    expect(await supervised()).toBe(0);
    expect(fs.readdirSync(inFolder('out')).sort()).toEqual(['checkpoints', 'curves', 'evaluation.json', 'predictions.safetensors']);
  }, 60_000);

  it('trains them after the run; a stop among them is one of the command, and leaves the run as it is', async () => {
    const firstOfProbe = inFolder('out/companions/linear_probe/checkpoints/3/model.safetensors');
    const stopWhenItTrains = (child: ChildProcess): void => {
      const watching = setInterval(() => {
        if (!fs.existsSync(firstOfProbe)) return;
        clearInterval(watching);
        child.kill('SIGTERM');
      }, 10);
      child.on('close', () => clearInterval(watching));
    };
    const stopped = await runTrainer(folder, spec, [...args('out'), '--resume'], (event, child) => void (event.type === 'finished' && stopWhenItTrains(child)));
    expect(stopped.exitCode, stopped.stderr).toBe(143);
    // Standard output is the run's own: it had nothing left to do.
    expect(stopped.events.map(({ type }) => type)).toEqual(['started', 'finished']);
    expect(stopped.events[1]).toMatchObject({ status: 'succeeded' });
    expect(stopped.stderr).toContain('linear_probe: epoch 1 of 2, val accuracy');
    expect(table()['run']).toMatchObject({ status: 'succeeded' });
    expect(table()['scratch']).toMatchObject({ test: null, gain: null });
  }, 60_000);

  it('goes on with them with --resume, and compares', async () => {
    const { exitCode, events, stderr } = await runTrainer(folder, spec, [...args('out'), '--resume']);
    expect(exitCode, stderr).toBe(0);
    expect(events.at(-1)?.type).toBe('finished');
    const { untuned, linear_probe: probe, scratch, run } = table() as Record<'untuned' | 'linear_probe' | 'scratch' | 'run', ComparisonRow>;
    for (const [row, at] of [[run, 'out'], [probe, 'out/companions/linear_probe'], [scratch, 'out/companions/scratch']] as const) {
      const { top1: accuracy, loss, evaluated: what } = evaluated(at);
      expect(row).toMatchObject({ status: 'succeeded', epochs: 2, bestEpoch: what.epoch, test: { accuracy, loss }, run: null });
      expect(row.seconds).toBeGreaterThan(0);
      expect(row.cpuSeconds).toBeGreaterThan(0);
      if (row !== run) expect(row.gain).toBeCloseTo(100 * (evaluated('out').top1 - accuracy), 3);
    }
    // The untuned one is the run's own epoch 0.
    const csv = fs.readFileSync(inFolder('out/curves/epochs.csv'), 'utf8').split('\n');
    const epoch0 = Object.fromEntries((csv[0] as string).split(',').map((name, column) => [name, (csv[1] as string).split(',')[column]]));
    expect(epoch0['epoch']).toBe('0');
    expect(untuned).toMatchObject({ status: 'succeeded', bestEpoch: 0, test: { accuracy: Number(epoch0['test_accuracy']) } });
    // For people, on standard error.
    expect(stderr).toMatch(/^linear probe +\d+\.\d % +\d+\.\d % +[+-]\d+\.\d .* succeeded$/m);
    expect(stderr).toMatch(/^from scratch .* succeeded$/m);
  }, 90_000);

  it('has the same seed and data throughout; the probe keeps the backbone that it was given, the other one never had it', () => {
    const read = (file: string, name = 'layer1.0.conv1.weight'): Buffer => {
      const opened = openSafetensors(file);
      try {
        return Buffer.from(opened.read(name).buffer.slice(0));
      } finally {
        opened.close();
      }
    };
    const given = read(inFolder('weights.safetensors'));
    expect(read(newest('out/companions/linear_probe')).equals(given)).toBe(true);
    expect(read(newest('out')).equals(given)).toBe(false);
    const [own, probe, scratch] = ['out', 'out/companions/linear_probe', 'out/companions/scratch'].map((at) => readDescription(newest(at)).spec);
    expect(probe).toEqual({ ...own, companions: [], schedule: { ...own?.schedule, freezeEpochs: 2 } });
    expect(scratch).toEqual({ ...own, companions: [], model: { ...own?.model, weights: 'none' }, schedule: { ...own?.schedule, freezeEpochs: 0 } });
  });

  it('refuses companions of an earlier run before it trains anything', async () => {
    fs.mkdirSync(inFolder('mixed/companions/scratch/checkpoints/4'), { recursive: true });
    const { exitCode, stderr } = await runTrainer(folder, spec, args('mixed'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('mixed/companions/scratch holds checkpoints of an earlier run');
    expect(fs.existsSync(inFolder('mixed/checkpoints'))).toBe(false);
  });

  it('ends with exit code 1 where a companion fails, and has the others in the table all the same', async () => {
    fs.rmSync(inFolder('out/companions/linear_probe'), { recursive: true });
    fs.writeFileSync(inFolder('out/companions/linear_probe'), 'a file in its place');
    const { exitCode, events, stderr } = await runTrainer(folder, spec, [...args('out'), '--resume']);
    expect(exitCode).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'finished', status: 'succeeded' });
    expect(stderr).toMatch(/^linear_probe: nothing can be written to /m);
    expect(table()).toMatchObject({ linear_probe: { status: 'failed', test: null, gain: null }, scratch: { status: 'succeeded' }, run: { status: 'succeeded' } });
  }, 60_000);
});
