import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { median } from './peer.ts';
import { trainerEvents } from './trainer.ts';

type Phase = 'frozen' | 'full';
export type EpochSeconds = Record<Phase, number>;

/** A part of CIFAR-10 large enough that an epoch's fixed costs weigh as little as in the whole. */
const [trainImages, testImages] = [5000, 1000];
/** What part of all of CIFAR-10 these are, training and test images alike. */
export const partOfCifar10 = trainImages / 50_000;
const rounds = 2;
/** The first of each kind in a round is not counted: it fills caches. */
const epochsOfEach = 2;

/**
 * Seconds of a frozen and of a full epoch of the tutorial, augmentation and evaluation included: of the trainer, and of the PyTorch
 * script where a Python is named. In turns of a few epochs, so that both meet the same machine.
 */
export async function measureEpochs(cifar10: string, python: string | undefined): Promise<{ trainer: EpochSeconds; pytorch: EpochSeconds | null }> {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  cut(path.join(cifar10, 'data_batch_1.bin'), path.join(data, 'data_batch_1.bin'), trainImages);
  cut(path.join(cifar10, 'test_batch.bin'), path.join(data, 'test_batch.bin'), testImages);
  const script = python === undefined ? undefined : startScript(python, data);
  try {
    const [trainer, pytorch] = [emptyTimes(), emptyTimes()];
    for (let round = 0; round < rounds; round++) {
      add(trainer, await train(data));
      if (script === undefined) continue;
      for (const phase of ['frozen', 'full'] as const) for (let epoch = 0; epoch < epochsOfEach; epoch++) {
        const seconds = await script.epoch(phase);
        if (epoch > 0) pytorch[phase].push(seconds);
      }
    }
    return { trainer: medians(trainer), pytorch: script === undefined ? null : medians(pytorch) };
  } finally {
    script?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const emptyTimes = (): Record<Phase, number[]> => ({ frozen: [], full: [] });
const medians = ({ frozen, full }: Record<Phase, number[]>): EpochSeconds => ({ frozen: median(frozen), full: median(full) });

function add(times: Record<Phase, number[]>, more: readonly { phase: Phase; seconds: number }[]): void {
  for (const { phase, seconds } of more) times[phase].push(seconds);
}

function cut(from: string, to: string, records: number): void {
  fs.writeFileSync(to, fs.readFileSync(from).subarray(0, records * 3073));
}

async function train(data: string): Promise<{ phase: Phase; seconds: number }[]> {
  const times: { phase: Phase; seconds: number }[] = [];
  for await (const { event } of trainerEvents({ spec: { schedule: { epochs: 2 * epochsOfEach, freezeEpochs: epochsOfEach } }, data }))
    if (event.type === 'epoch' && event.phase !== 'initial' && (event.epoch - 1) % epochsOfEach > 0) times.push({ phase: event.phase, seconds: event.seconds });
  if (times.length !== 2 * (epochsOfEach - 1)) throw new Error('the trainer ended before its epochs were done');
  return times;
}

function startScript(python: string, data: string) {
  const child = spawn(python, [path.join(import.meta.dirname, 'peers/torch_epochs.py'), data, String(trainImages), String(testImages)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async epoch(phase: Phase): Promise<number> {
      child.stdin.write(`${phase}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the PyTorch script ended without an answer');
      return Number(value);
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
