import { trainerEvents } from './trainer.ts';

/**
 * Resident memory of the trainer's process, in MB, on all of CIFAR-10 at batch 64 with the tutorial's augmentation: at some
 * full steps of the run, after 100 of them.
 */
export async function measureMemory(cifar10: string): Promise<{ steady: number; highest: number }> {
  const samples: number[] = [];
  for await (const { event, usage } of trainerEvents({ spec: { schedule: { epochs: 1, freezeEpochs: 0 }, data: { testLimit: 1000 } }, data: cifar10 })) {
    if (event.type !== 'iteration' || event.step < 100) continue;
    samples.push(usage().resident);
    if (event.step >= 250) break;
  }
  return { steady: samples.at(-1) ?? NaN, highest: Math.max(...samples) };
}
