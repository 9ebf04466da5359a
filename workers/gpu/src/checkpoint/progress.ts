import { z } from 'zod';
import { trainerEvent, type TrainerEvent } from '@thaw/contract/events';
import { metricNumber } from '@thaw/contract/numbers';

/**
 * Where a run stands: with the network's tensors, everything that a resumed run needs to go on as if nothing had happened.
 * Random numbers need no state: they are drawn from (seed, purpose, epoch, image).
 */
export const progress = z.object({
  /** Epoch in training (from 1), and how many of its batches are done. */
  epoch: z.number().int().positive(),
  batch: z.number().int().nonnegative(),
  /** Optimiser steps since the start of the run, and those that each parameter group took part in. */
  step: z.number().int().nonnegative(),
  groupSteps: z.object({ body: z.number().int().nonnegative(), head: z.number().int().nonnegative() }),
  /** Training batches seen by the batch norms (num_batches_tracked). */
  batchesTracked: z.number().int().nonnegative(),
  /** Over the finished batches of this epoch. */
  sums: z.object({ loss: metricNumber, right: z.number(), images: z.number(), seconds: z.number() }),
  schedule: z.object({
    rate: z.number(),
    best: z.union([z.number(), z.literal('Infinity')]),
    badEpochs: z.number().int(),
    cooldownLeft: z.number().int(),
  }),
  /** Epoch with the lowest monitored loss so far. */
  best: z.object({ epoch: z.number().int(), loss: z.number(), accuracy: z.number(), step: z.number().int() }).nullable(),
  /** Epochs in a row without an improvement worth earlyStopping.minDelta, and the loss that counts as the last one. */
  stalled: z.object({ epochs: z.number().int(), reference: z.union([z.number(), z.literal('Infinity')]) }),
  /** Seconds of training in all attempts. */
  seconds: z.number(),
  /** Of all cores together; checkpoints of earlier versions did not count them. */
  cpuSeconds: z.number().default(0),
  /** Set once all epochs are done. */
  finished: z.boolean(),
});
export type Progress = z.infer<typeof progress>;

/** The epoch that a checkpoint stands for: the one in training, or the last finished one between two. */
export const epochOf = ({ epoch, batch }: Progress): number => (batch === 0 ? epoch - 1 : epoch);

export const emptySums = (): Progress['sums'] => ({ loss: 0, right: 0, images: 0, seconds: 0 });

export function firstProgress(learningRate: number): Progress {
  return {
    epoch: 1,
    batch: 0,
    step: 0,
    groupSteps: { body: 0, head: 0 },
    batchesTracked: 0,
    sums: emptySums(),
    schedule: { rate: learningRate, best: 'Infinity', badEpochs: 0, cooldownLeft: 0 },
    best: null,
    stalled: { epochs: 0, reference: 'Infinity' },
    seconds: 0,
    cpuSeconds: 0,
    finished: false,
  };
}

/** Events that make up a run's curves, one JSON a line; carried in each checkpoint so that a resumed run has them whole. */
export type History = TrainerEvent[];

export function parseHistory(lines: string): History {
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [trainerEvent.parse(JSON.parse(line))]));
}
