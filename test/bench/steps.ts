import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, Peer } from './peer.ts';
import type { StepName } from './peers/answer.ts';

const steps: StepName[] = ['full', 'frozen', 'evaluate'];
const rounds = 8;
/** Threads that spin for a while after their work must be quiet before the next peer is timed. */
const settle = 400;

export interface StepTimes {
  peer: string;
  /** Median milliseconds of a step at batch 64, 32x32, float32. */
  milliseconds: Record<StepName, number>;
}

/** Times the training engine beside its peers: all in one run, in turns of a few steps, so that they meet the same machine. */
export async function measureSteps(python: string | undefined): Promise<StepTimes[]> {
  const script = (name: string) => path.join(import.meta.dirname, 'peers', name);
  const peers = [
    new Peer('compiled', process.execPath, [script('compiled.ts')]),
    new Peer('plain tfjs, eager', process.execPath, [script('plainEager.ts')]),
    ...(python === undefined ? [] : ['default', 'fused'].map((kind) => new Peer(kind === 'fused' ? 'PyTorch, fused Adam, channels_last' : 'PyTorch', python, [script('torch_steps.py'), kind]))),
  ];
  try {
    const times = peers.map(() => ({ full: [] as number[], frozen: [] as number[], evaluate: [] as number[] }));
    for (const peer of peers) for (const step of steps) await peer.measure(step, 4); // not counted: caches and allocators fill
    for (let round = 0; round < rounds; round++)
      for (const step of steps)
        for (const [index, peer] of peers.entries()) {
          await sleep(settle);
          const [, ...rest] = await peer.measure(step, 6); // the first one wakes the threads
          times[index]?.[step].push(...rest);
        }
    return peers.map(({ name }, index) => ({
      peer: name,
      milliseconds: Object.fromEntries(steps.map((step) => [step, median(times[index]?.[step] ?? [])])) as StepTimes['milliseconds'],
    }));
  } finally {
    for (const peer of peers) peer.stop();
  }
}
