import { z } from 'zod';
import { datasetManifest, split } from './datasets.ts';
import { checkpointFileName, finishedEvent, trainerEvent } from './events.ts';
import { line } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';
import { runSpec } from './runSpec.ts';
import { curveFileName, evaluationFileName, predictionsFileName } from './runs.ts';

/**
 * The protocol between a worker and the API (/worker/v1). A worker presents its worker token to claim; every later call
 * presents the attempt token of the ticket and the attempt's number, and is refused with `stale-attempt` once the run has
 * gone on elsewhere.
 */

/** Paths after the API's own address; all are POST. The id goes in as it stands in the ticket. */
export const workerPaths = {
  /** Answers a ticket, or 204 when no run waits. */
  claim: '/worker/v1/claim',
  ofRun: (run: string, call: 'heartbeat' | 'events' | 'uploads' | 'checkpoints' | 'finish'): string => `/worker/v1/runs/${encodeURIComponent(run)}/${call}`,
} as const;

/**
 * A header of each call: `internal` where the worker reaches the storage by the address that the API itself has for it. Without it presigned
 * addresses are those for everyone.
 */
export const storageHeader = 'thaw-storage';
export const storagePlace = z.enum(['public', 'internal']);

/** A file to fetch: presigned, and believed only once size and hash agree. */
export const remoteFile = z.object({ name: z.string(), url: z.url(), bytes: byteCount, sha256 });
export type RemoteFile = z.infer<typeof remoteFile>;

export const claimRequest = z.strictObject({
  worker: z.object({ name: line(200).min(1), device: z.object({ type: z.enum(['cpu', 'gpu']), name: line(200) }) }),
  /** Claim this run only (a worker that was launched for it). */
  run: z.string().max(64).optional(),
});

const storedCheckpoint = z.object({ epoch: z.number().int(), step: z.number().int(), files: z.array(remoteFile.extend({ name: checkpointFileName })) });

/** What a worker needs to train, and nothing else: no database and no storage credentials. */
export const ticket = z.object({
  run: z.string(),
  attempt: z.number().int().positive(),
  attemptToken: z.string(),
  leaseSeconds: z.number().positive(),
  heartbeatSeconds: z.number().positive(),
  spec: runSpec,
  manifest: datasetManifest,
  packs: z.array(remoteFile.extend({ split })),
  weights: remoteFile.nullable(),
  /** Newest checkpoint, where the run has one. */
  resume: storedCheckpoint.nullable(),
  /** The best one, where that is an older one: at the end the test part judges it. */
  best: storedCheckpoint.nullish(),
});
export type Ticket = z.infer<typeof ticket>;

const attempt = z.number().int().positive();

export const heartbeatRequest = z.strictObject({ attempt });
/** The control channel: whether to go on. */
export const heartbeatReply = z.object({ action: z.enum(['continue', 'stop']) });

/** `seq` counts a run's batches within one attempt from 0; a batch posted twice counts once. */
export const eventsRequest = z.strictObject({ attempt, seq: z.number().int().nonnegative(), events: z.array(trainerEvent).min(1).max(2000) });

/** Asks for a place to put a file. The reply's key goes into the call that records the file. */
export const uploadRequest = z.strictObject({
  attempt,
  file: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('checkpoint'), step: z.number().int().nonnegative(), name: checkpointFileName }),
    z.strictObject({ kind: z.literal('curve'), name: curveFileName }),
    z.strictObject({ kind: z.literal('evaluation'), name: evaluationFileName }),
    z.strictObject({ kind: z.literal('predictions'), name: predictionsFileName }),
  ]),
  bytes: byteCount.max(5 * 2 ** 30),
});
export const uploadReply = z.object({ key: z.string(), url: z.url() });

const uploadedFile = z.strictObject({ name: z.string().max(64), key: z.string().max(512), bytes: byteCount, sha256 });

export const checkpointRequest = z.strictObject({
  attempt,
  epoch: z.number().int().nonnegative(),
  step: z.number().int().nonnegative(),
  best: z.boolean(),
  files: z.array(uploadedFile.extend({ name: checkpointFileName })).length(2),
});

export const finishRequest = z.strictObject({
  attempt,
  outcome: finishedEvent.pick({ status: true, best: true, bestTest: true, seconds: true, cpuSeconds: true, failure: true }),
  curves: z.array(uploadedFile.extend({ name: curveFileName })).max(3),
  /** Of a run that has succeeded; the API looks into it before it believes it. */
  evaluation: uploadedFile
    .extend({ name: evaluationFileName, predictions: uploadedFile.extend({ name: predictionsFileName }).optional() })
    .nullable()
    .default(null),
});

/** A worker as GET /v1/workers shows it. */
export const workerInfo = z.object({
  id: z.string(),
  name: z.string(),
  device: z.object({ type: z.enum(['cpu', 'gpu']), name: z.string() }),
  lastSeenAt: z.iso.datetime(),
  /** Whether it works on a run, an import or a task now, and on which run: null also when that is someone else's. */
  busy: z.boolean(),
  run: z.string().nullable(),
});
export type WorkerInfo = z.infer<typeof workerInfo>;
