import { z } from 'zod';
import { checkpointFileName, epochRecord, finishedEvent, iterationEvent } from './events.ts';
import { failureCode } from './failures.ts';
import { line, lines } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';
import { companionKind, runSpec } from './runSpec.ts';
import { runStatus } from './runStatus.ts';

/** A name of a run: one line for people. */
export const runName = line(200, z.string().trim().min(1));

export const runTag = line(50, z.string().trim().min(1));

/** What its owner writes about a run. All of it may change at any time; none of it is part of the recipe. */
const description = {
  name: runName.optional(),
  tags: z.array(runTag).max(20).optional(),
  /** Any text, of several lines. */
  notes: lines(10_000).optional(),
};

/** Which of its owner's waiting runs goes first: the greatest. Whose runs go first is not decided by it. */
const priority = z.number().int().min(-100).max(100);

/** Body of PATCH /v1/runs/:id. What is left out stays; tags are replaced as a whole. The priority can be changed while the run waits. */
export const changeRunRequest = z.strictObject({ ...description, priority: priority.optional() });

/** Body of POST /v1/runs: a RunSpec with any field left out (see resolveSpec), and the fields that are not part of a recipe. */
export const createRunRequest = z.looseObject({ ...description, priority: priority.optional() });

/**
 * Body of POST /v1/runs/:id/clone: any part of a RunSpec, laid over that of the run, and the fields that are not part of a recipe. Name, tags and
 * priority are those of the run where they are left out.
 */
export const cloneRunRequest = z.looseObject({ ...description, priority: priority.optional() });

export const curveFileName = z.enum(['iterations.csv', 'epochs.csv', 'events.ndjson']);
export type CurveFileName = z.infer<typeof curveFileName>;

const trainedCompanion = companionKind.exclude(['untuned']);

export const evaluationFileName = z.literal('evaluation.json');
export const predictionsFileName = z.literal('predictions.safetensors');

/** An object in the storage: its s3:// address, size and hash. */
export const storedFile = z.object({ name: z.string(), uri: z.string(), bytes: byteCount, sha256 });

/** Why a run waits: for a worker, for the pause after a failure to end, or for its owner to be below a quota again. */
export const waitsFor = z.enum(['worker', 'pause', 'activeRuns', 'gpuMinutes']);
export type WaitsFor = z.infer<typeof waitsFor>;

/** One epoch of a curve as small as a word: accuracies of training and of what the run monitors. */
export const sparkPoint = z.object({ epoch: z.number().int(), train: z.number().nullable(), monitored: z.number().nullable() });
export type SparkPoint = z.infer<typeof sparkPoint>;

export const run = z.object({
  id: z.string(),
  name: z.string(),
  tags: z.array(z.string()),
  /** Rises when name, tags or notes are changed. In quotes it is the ETag of the run, for If-Match. */
  edition: z.number().int(),
  status: runStatus,
  spec: runSpec,
  /** Of which run this one is a companion, and which: null where it is none, or where that run has been deleted. */
  companionOf: z.object({ run: z.string(), kind: trainedCompanion }).nullable(),
  dataset: z.object({ id: z.string(), version: z.number().int() }),
  priority: z.number().int(),
  /** Its place among all runs that wait, also other people's: 1 is the next to be taken. Null when it does not wait. */
  queuePosition: z.number().int().positive().nullable(),
  /** Null when it does not wait. */
  waitsFor: waitsFor.nullable(),
  /** Number of the current or last attempt; 0 before the first. */
  attempt: z.number().int(),
  stopRequested: z.boolean(),
  /** Where training stands. */
  epoch: z.number().int(),
  step: z.number().int(),
  /** Known once the trainer has seen the data. */
  stepsPerEpoch: z.number().int().nullable(),
  device: z.string().nullable(),
  /** Last finished epoch. */
  lastEpoch: epochRecord.nullable(),
  result: finishedEvent.pick({ best: true, bestTest: true, seconds: true, cpuSeconds: true }).nullable(),
  failure: z.object({ code: failureCode, message: z.string() }).nullable(),
  curves: z.array(storedFile),
  /** GET /v1/runs/:id/evaluation shows what is in it; null until the run has succeeded. */
  evaluation: storedFile
    .extend({
      /** What each image was taken for, as GET /v1/runs/:id/evaluation/pictures shows it; null where the run is from before that was kept, or of too many images. */
      predictions: storedFile.nullable(),
    })
    .nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type Run = z.infer<typeof run>;

/** A run with its notes and its companions that are there, as POST, GET and PATCH of one run show it. */
export const runWithCompanions = run.extend({ notes: z.string(), companions: z.array(z.object({ kind: trainedCompanion, run: z.string(), status: runStatus })) });
export type RunWithCompanions = z.infer<typeof runWithCompanions>;

export const checkpoint = z.object({
  epoch: z.number().int(),
  step: z.number().int(),
  attempt: z.number().int(),
  best: z.boolean(),
  files: z.array(storedFile.extend({ name: checkpointFileName })),
  createdAt: z.iso.datetime(),
  /** Its owner wants it kept for as long as the run is there. */
  pinned: z.boolean(),
  /**
   * From when on it is removed, where the service keeps checkpoints for a limited time after the end of their run. Null for those that stay: the last, the
   * best, what is pinned and what was exported; and for as long as the run has not ended.
   */
  expiresAt: z.iso.datetime().nullable(),
});
/** Body of PATCH /v1/runs/:id/checkpoints/:epoch. */
export const changeCheckpointRequest = z.strictObject({ pinned: z.boolean() });
export type Checkpoint = z.infer<typeof checkpoint>;

/** GET /v1/runs/:id/metrics: each step and epoch once, whatever attempts there were. */
export const metrics = z.object({ iterations: z.array(iterationEvent.omit({ type: true })), epochs: z.array(epochRecord) });
export type Metrics = z.infer<typeof metrics>;

/** A run in a list. `sparkline`, where it was asked for: up to 32 of its epochs, by epoch. */
export const listedRun = run.extend({ sparkline: z.array(sparkPoint).optional() });
export type ListedRun = z.infer<typeof listedRun>;

/** What a list of runs is sorted by. `duration` is from the first start to the end. `accuracy` is that of the best checkpoint: on the test part, or, where that was not measured, on what the run monitors. */
export const runSort = z.enum(['created', 'finished', 'accuracy', 'duration', 'name']);
export type RunSort = z.infer<typeof runSort>;
export const sortOrder = z.enum(['desc', 'asc']);
export type SortOrder = z.infer<typeof sortOrder>;

/** A page of a list; `nextCursor` null at the end. */
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Messages of GET /v1/runs/:id/events. `batch` messages carry an id; Last-Event-ID continues after it. */
export const streamMessages = {
  /** The run as it is now; sent first and at every change. */
  run,
  /** Events of the trainer in order. A batch of a newer attempt begins with `started`, whose resumedFromStep voids later points. */
  batch: z.object({ attempt: z.number().int(), events: z.array(z.unknown()) }),
  /** The run has ended and nothing will follow. */
  end: z.object({ status: runStatus }),
} as const;
