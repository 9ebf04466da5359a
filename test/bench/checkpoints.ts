import type { TrainerEvent } from '@thaw/contract/events';
import type { EpochSeconds } from './epochs.ts';
import { median } from './peer.ts';
import { trainerEvents } from './trainer.ts';

/** Epochs of each phase; the first of each is not counted. */
const epochs = 5;

/**
 * Seconds that the trainer stands still for a checkpoint at the end of a frozen and of a full epoch: reading the variables, writing both
 * files with fsync, and their hashes. On a part of CIFAR-10, since neither data nor batch size are in it.
 */
export async function measureCheckpoints(cifar10: string): Promise<EpochSeconds> {
  const seconds: Record<keyof EpochSeconds, number[]> = { frozen: [], full: [] };
  const spec = { data: { trainLimit: 640, testLimit: 100 }, schedule: { epochs: 2 * epochs, freezeEpochs: epochs } };
  let before: { at: number; type: TrainerEvent['type'] } | undefined;
  for await (const { event } of trainerEvents({ spec, data: cifar10 })) {
    const at = performance.now();
    // The panel is the last that an epoch says before its checkpoint.
    if (event.type === 'checkpoint' && before?.type === 'panel' && (event.epoch - 1) % epochs > 0)
      seconds[event.epoch > epochs ? 'full' : 'frozen'].push((at - before.at) / 1000);
    before = { at, type: event.type };
  }
  return { frozen: median(seconds.frozen), full: median(seconds.full) };
}
