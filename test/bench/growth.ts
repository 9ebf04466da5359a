import { median } from './peer.ts';
import { trainerEvents } from './trainer.ts';

const marks = [1000, 5000, 10_000, 20_000];
/**
 * Steps before a mark whose samples count for it, one in ten: the collector's turns move single ones. An epoch is as long, so that all
 * of them come after a checkpoint, whose buffers (160 MB in a full phase) the allocator keeps for the next.
 */
const window = 500;
/** MB between the first mark and the last that the run's own history explains: 20,000 points that the next checkpoint is to hold. */
export const allowedGrowth = 40;

export interface Growth {
  phase: 'frozen' | 'full';
  /** Median resident MB before each mark. */
  resident: { step: number; megabytes: number }[];
  /** MB from the first mark to the last. */
  growth: number;
}

/**
 * Resident memory over 20,000 steps of a phase of the tutorial, augmentation, evaluation and checkpoints of 40 epochs included; at
 * batch 8, so that it ends in minutes: what could leak is made anew at every step, whatever its size.
 */
export async function measureGrowth(cifar10: string, phase: Growth['phase']): Promise<Growth> {
  const epochs = 40;
  const spec = { data: { batchSize: 8, trainLimit: 8 * window, testLimit: 1000 }, schedule: { epochs, freezeEpochs: phase === 'frozen' ? epochs : 0 } };
  const samples = new Map<number, number[]>(marks.map((mark) => [mark, []]));
  for await (const { event, usage } of trainerEvents({ spec, data: cifar10 })) {
    if (event.type !== 'iteration' || event.step % 10 !== 0) continue;
    const mark = marks.find((one) => event.step <= one && event.step > one - window);
    if (mark === undefined) continue;
    samples.get(mark)?.push(usage().resident);
    if (event.step === marks.at(-1)) break;
  }
  const resident = [...samples].map(([step, megabytes]) => ({ step, megabytes: median(megabytes) }));
  return { phase, resident, growth: (resident.at(-1)?.megabytes ?? NaN) - (resident[0]?.megabytes ?? NaN) };
}
