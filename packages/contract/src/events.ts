import { z } from 'zod';
import { failureCode } from './failures.ts';
import { line } from './line.ts';
import { byteCount, metricNumber, sha256 } from './numbers.ts';

/**
 * What a trainer says while it works. The same objects stand on its standard output (one JSON a line), travel to the API in
 * batches and come out of the event stream. `step` counts finished optimiser steps since the start of the run, the first
 * being 1; `epoch` counts from 1, and 0 is the evaluation before any training.
 */

export const phase = z.enum(['initial', 'frozen', 'full']);
export type Phase = z.infer<typeof phase>;
const step = z.number().int().nonnegative();
const epoch = z.number().int().nonnegative();
const seconds = z.number().nonnegative();

/** First event of an attempt. On a resume, points after `resumedFromStep` of earlier attempts are void. */
export const startedEvent = z.object({
  type: z.literal('started'),
  step,
  resumedFromStep: step.nullable(),
  device: z.object({ type: z.enum(['cpu', 'gpu']), name: line(200) }),
  /** Such as `TensorFlow 2.21.0`. */
  engine: line(100),
  /** `imagenet1k_v1`, `none`, or the run that the weights came from. */
  weights: line(200),
  classes: z.number().int().positive(),
  images: z.object({ train: z.number().int(), val: z.number().int(), test: z.number().int() }),
  stepsPerEpoch: z.number().int().positive(),
  epochs: z.number().int().positive(),
});

/** A phase begins. The counts are of single parameters (5,130 of 11,181,642 while a ResNet18 with ten classes is frozen). */
export const phaseEvent = z.object({
  type: z.literal('phase'),
  phase,
  epoch,
  step,
  learningRate: z.number(),
  trainableParameters: z.number().int(),
  frozenParameters: z.number().int(),
});

/** One optimiser step: the mean loss of its batch in nats, the learning rate that it used, and the fraction of its images told right. */
export const iterationEvent = z.object({
  type: z.literal('iteration'),
  step,
  epoch,
  phase,
  loss: metricNumber,
  learningRate: z.number(),
  accuracy: z.number().min(0).max(1).optional(),
});

/** One epoch. Losses are means over samples in nats, accuracies fractions; null where nothing was measured. */
export const epochRecord = z.object({
  epoch,
  phase,
  learningRate: z.number().nullable(),
  trainLoss: metricNumber.nullable(),
  trainAccuracy: z.number().nullable(),
  valLoss: metricNumber.nullable(),
  valAccuracy: z.number().nullable(),
  testLoss: metricNumber.nullable(),
  testAccuracy: z.number().nullable(),
  /** Training images a second, evaluation not counted. */
  imagesPerSecond: z.number().nullable(),
  seconds,
});
export type EpochRecord = z.infer<typeof epochRecord>;
export const epochEvent = epochRecord.extend({ type: z.literal('epoch'), step });

/** The panel: a few fixed test images with their class probabilities after this epoch. */
export const panelEvent = z.object({
  type: z.literal('panel'),
  step,
  epoch,
  images: z.array(z.object({ index: z.number().int().nonnegative(), label: z.number().int(), probabilities: z.array(metricNumber).max(1000) })).max(32),
});

export const checkpointFileName = z.enum(['model.safetensors', 'state.safetensors']);
export type CheckpointFileName = z.infer<typeof checkpointFileName>;

/** A checkpoint lies complete in `directory` (on the trainer's disk). */
export const checkpointEvent = z.object({
  type: z.literal('checkpoint'),
  step,
  epoch,
  /** Whether its monitored loss is the lowest so far. */
  best: z.boolean(),
  directory: z.string(),
  files: z.array(z.object({ name: checkpointFileName, bytes: byteCount, sha256 })),
});

export const logEvent = z.object({ type: z.literal('log'), step, level: z.enum(['info', 'warning', 'error']), message: z.string().max(10_000) });

/** Last event. `stopped`: asked to by a signal; a checkpoint was written and the run can be resumed. */
export const finishedEvent = z.object({
  type: z.literal('finished'),
  step,
  status: z.enum(['succeeded', 'stopped', 'failed']),
  epochs: epoch,
  seconds,
  /** Of all cores together, in all attempts. */
  cpuSeconds: seconds.optional(),
  /** Epoch with the lowest monitored loss, and what was measured there. */
  best: z.object({ epoch, loss: metricNumber, accuracy: z.number() }).nullable(),
  /** Test figures of the best checkpoint, where the monitor is `val`. */
  bestTest: z.object({ loss: metricNumber, accuracy: z.number() }).nullable(),
  failure: z.object({ code: failureCode, message: z.string().max(10_000) }).nullable(),
});

export const trainerEvent = z.discriminatedUnion('type', [
  startedEvent,
  phaseEvent,
  iterationEvent,
  epochEvent,
  panelEvent,
  checkpointEvent,
  logEvent,
  finishedEvent,
]);
export type TrainerEvent = z.infer<typeof trainerEvent>;
export type EventOf<T extends TrainerEvent['type']> = Extract<TrainerEvent, { type: T }>;
