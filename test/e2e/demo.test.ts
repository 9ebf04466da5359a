import { GetObjectCommand } from '@aws-sdk/client-s3';
import { trainerEvent } from '@thaw/contract/events';
import { requireFreePorts } from '@thaw/infra/stack/freePorts';
import { storageClient } from '@thaw/infra/stack/objectStorage';
import { readSetupPaths, repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { portCount } from '@thaw/infra/stack/stackPorts';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from '../../workers/gpu/test/cifarCut.ts';
import { writeFormulaWeights } from '../../workers/gpu/test/formulaWeights.ts';
import { temporaryFolder } from '../integration/servers.ts';

// The real command, on real parts: PostgreSQL, SeaweedFS, API, dispatcher, worker, TensorFlow. One state folder throughout, so
// that the second start finds what the first has left.
const folder = temporaryFolder();
const state = path.join(folder, 'state');
const weightsFile = path.join(folder, 'weights.safetensors');
let firstPort = 0;

interface Summary {
  runId: string;
  status: string;
  device: string;
  weights: string;
  epochs: { epoch: number; phase: string; learningRate: number | null; trainLoss: number | null; trainAccuracy: number | null; valAccuracy: number; testAccuracy: number | null; imagesPerSecond: number | null; seconds: number }[];
  checkpoint: { uri: string; bytes: number; sha256: string };
  curves: { uri: string; bytes: number }[];
  best: { epoch: number; loss: number; accuracy: number };
  bestTest: { loss: number; accuracy: number };
}

const ports = (): Map<number, string> => new Map(Array.from({ length: portCount }, (_, i) => [firstPort + i, 'the test']));

/** Below the ports that systems give to connections by themselves. */
async function choosePorts(): Promise<void> {
  for (let tries = 0; ; tries++) {
    firstPort = 20_000 + Math.floor(Math.random() * 900) * portCount;
    const free = await requireFreePorts(ports(), '').then(() => true, () => false);
    if (free) return;
    if (tries > 20) throw new Error('no free ports');
  }
}

interface Demo {
  process: ChildProcess;
  output: () => string;
  stderr: () => string;
  /** Resolves once the output contains the text. */
  says: (text: string) => Promise<void>;
  exitCode: Promise<number | null>;
}

const running: Pick<Demo, 'process' | 'exitCode'>[] = [];

function startDemo(args: string[], env: Record<string, string> = {}): Demo {
  const child = spawn(process.execPath, ['infra/src/demo.ts', '--port', String(firstPort), '--state', state, ...args], {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      THAW_WEED: readSetupPaths().weed ?? '',
      THAW_CIFAR10: path.join(folder, 'cifar'),
      THAW_RESNET18_WEIGHTS: '',
      THAW_RESNET34_WEIGHTS: '',
      THAW_CACHE: path.join(folder, 'cache'),
      ...env,
    },
    // By the channel it sees the end of the tests, however that comes.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let [output, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  const exitCode = new Promise<number | null>((resolve) => child.once('close', (code) => (resolve(code), waiting.forEach((check) => check()))));
  child.stdout?.setEncoding('utf8').on('data', (text: string) => ((output += text), waiting.forEach((check) => check())));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (output.includes(text)) resolve();
        else if (child.exitCode !== null) reject(new Error(`the demo ended without "${text}":\n${output}\n${stderr}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  running.push({ process: child, exitCode });
  return { process: child, output: () => output, stderr: () => stderr, says, exitCode };
}

/** Processes with the folder in their command line or environment: all that the demo starts have. */
function leftProcesses(): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && ['environ', 'cmdline'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(folder));
    } catch {
      return false;
    }
  });
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(leftProcesses, { timeout: 5000 }).toEqual([]);
  await requireFreePorts(ports(), '');
}

async function hashOfObject(uri: string): Promise<{ bytes: number; sha256: string }> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(path.join(state, 'secrets.json'), 'utf8')) as { accessKeyId: string; secretAccessKey: string };
  const client = storageClient({ endpoint: `http://127.0.0.1:${firstPort + 3}`, region: 'us-east-1', accessKeyId, secretAccessKey });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of Body as Readable) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  client.destroy();
  return { bytes, sha256: hash.digest('hex') };
}

const readSummary = (name: string): Summary => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Summary;

function expectSummary(summary: Summary, phases: string[]): void {
  expect(Object.keys(summary)).toEqual(['runId', 'status', 'device', 'weights', 'epochs', 'checkpoint', 'curves', 'best', 'bestTest']);
  expect(summary).toMatchObject({ status: 'succeeded', device: expect.stringMatching(/^(cpu|gpu): /) });
  expect(summary.epochs.map(({ epoch, phase }) => [epoch, phase])).toEqual(phases.map((phase, epoch) => [epoch, phase]));
  const fields = ['epoch', 'phase', 'learningRate', 'trainLoss', 'trainAccuracy', 'valLoss', 'valAccuracy', 'testLoss', 'testAccuracy', 'imagesPerSecond', 'seconds'];
  for (const record of summary.epochs) expect(Object.keys(record)).toEqual(fields);
  const [initial, ...trained] = summary.epochs;
  expect(initial).toMatchObject({ learningRate: null, trainLoss: null, trainAccuracy: null, imagesPerSecond: null, testAccuracy: expect.any(Number) });
  for (const { trainAccuracy, valAccuracy, imagesPerSecond } of trained) {
    expect(trainAccuracy).toBeLessThanOrEqual(1);
    expect(valAccuracy).toBeLessThanOrEqual(1);
    expect(imagesPerSecond).toBeGreaterThan(0);
  }
  expect(summary.checkpoint.uri).toMatch(new RegExp(`^s3://thaw/runs/${summary.runId}/checkpoints/.*/model\\.safetensors$`));
  expect(summary.curves.map(({ uri }) => path.basename(uri))).toEqual(['iterations.csv', 'epochs.csv', 'events.ndjson']);
}

beforeAll(async () => {
  cutCifar10(path.join(folder, 'cifar'), 2000, 500);
  writeFormulaWeights(weightsFile);
  await choosePorts();
});
/** What a failed test has left running. */
afterEach(async () => {
  for (const demo of running.splice(0)) {
    demo.process.kill('SIGTERM');
    await demo.exitCode;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run demo', () => {
  it('says so where there are no ImageNet weights, and trains from scratch', async () => {
    const json = path.join(folder, 'scratch.json');
    const demo = startDemo(['--exit', '--json', json, '--epochs', '2', '--train-limit', '640']);
    await demo.says('epoch 0/2  random weights, not trained');
    // Who reads along may leave.
    demo.process.stdout?.destroy();
    expect([await demo.exitCode, demo.stderr()]).toEqual([0, expect.any(String)]);
    await expectNothingLeft();
    const output = demo.output();
    expect(output).toContain('There are no ImageNet weights');
    expect(output).toContain('resnet18-f37072fd.pth');
    expect(output).toContain('THAW_RESNET18_WEIGHTS=<file>');
    expect(output).toContain('preset scratch, ResNet18 from random weights');
    expect(output).not.toContain('\x1b');
    const summary = readSummary('scratch.json');
    expectSummary(summary, ['initial', 'full', 'full']);
    expect(summary.weights).toBe('none');
  }, 120_000);

  it('fine-tunes from given weights and stays open, with everything where it says', async () => {
    const json = path.join(folder, 'quick.json');
    const demo = startDemo(['--json', json, '--epochs', '3', '--train-limit', '640'], { THAW_RESNET18_WEIGHTS: weightsFile });
    await demo.says('Stop it with Ctrl-C.');
    expect(demo.output()).toContain('phase frozen from epoch 1: 5,130 parameters train, 11,176,512 are frozen, learning rate 1e-3');
    expect(demo.output()).toContain('phase full from epoch 3: 11,181,642 parameters train, 0 are frozen, learning rate 1e-4');
    const summary = readSummary('quick.json');
    expectSummary(summary, ['initial', 'frozen', 'frozen', 'full']);
    expect(summary.weights).toBe('imagenet1k_v1');

    // Of this run, and of the one before the restart.
    for (const { checkpoint, curves } of [summary, readSummary('scratch.json')]) {
      expect(await hashOfObject(checkpoint.uri)).toEqual({ bytes: checkpoint.bytes, sha256: checkpoint.sha256 });
      for (const { uri, bytes } of curves) expect(await hashOfObject(uri)).toMatchObject({ bytes });
    }

    const key = readFileSync(path.join(state, 'api-key'), 'utf8').trim();
    const reply = await fetch(`http://localhost:${firstPort + 1}/v1/runs/${summary.runId}/curves/events.ndjson`, { headers: { authorization: `Bearer ${key}` } });
    const events = (await reply.text()).trim().split('\n').map((line) => trainerEvent.parse(JSON.parse(line)));
    // 640 without a tenth of each class, rounded down.
    const images = 580;
    for (const { epoch, trainAccuracy } of summary.epochs.slice(1)) {
      const steps = events.flatMap((event) => (event.type === 'iteration' && event.epoch === epoch ? [event.accuracy ?? NaN] : []));
      const right = steps.map((accuracy, i) => accuracy * (i < steps.length - 1 ? 64 : images - 64 * i));
      expect(right.reduce((sum, count) => sum + count, 0) / images).toBeCloseTo(trainAccuracy ?? NaN, 6);
    }

    const second = startDemo(['--exit']);
    expect(await second.exitCode).toBe(1);
    expect(second.stderr()).toContain('Thaw is already running');

    demo.process.kill('SIGINT');
    expect(await demo.exitCode).toBe(0);
    await expectNothingLeft();
  }, 120_000);

  it('cancels the run and leaves nothing behind when it is stopped in the middle', async () => {
    const json = path.join(folder, 'stopped.json');
    const demo = startDemo(['--json', json, '--epochs', '50', '--train-limit', '640'], { THAW_RESNET18_WEIGHTS: weightsFile });
    await demo.says('epoch  1/50');
    demo.process.kill('SIGINT');
    expect(await demo.exitCode).toBe(130);
    expect(demo.output()).toContain('is cancelled');
    expect(existsSync(json)).toBe(false);
    await expectNothingLeft();
  }, 120_000);

  it('says what is wrong with a weights file before a run is launched', async () => {
    const file = path.join(folder, 'weights.pth');
    writeFileSync(file, 'These are no weights.');
    const demo = startDemo([], { THAW_RESNET18_WEIGHTS: file });
    expect(await demo.exitCode).toBe(2);
    expect(demo.stderr()).toContain(`The ImageNet weights (THAW_RESNET18_WEIGHTS) cannot be used. ${file} is none of the formats`);
    expect(demo.stderr()).not.toContain('    at ');
    await expectNothingLeft();
  }, 60_000);

  it.each([
    [['--epochs', 'few'], '--epochs takes a whole number'],
    [['--json', '/no/such/folder/out.json'], 'its folder /no/such/folder does not exist'],
  ])('refuses %j before anything is started', async (args, words) => {
    const demo = startDemo(args);
    expect(await demo.exitCode).toBe(2);
    expect(demo.stderr()).toContain(words);
    expect(demo.stderr()).not.toContain('    at ');
  });
});
