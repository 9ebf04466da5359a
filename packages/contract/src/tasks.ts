import { z } from 'zod';
import { datasetManifest, split } from './datasets.ts';
import { exportCompanion, exportFileName, exportFormat } from './exports.ts';
import { line } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';
import { shownImage } from './previews.ts';
import { runSpec } from './runSpec.ts';
import { taskFailureCode } from './taskFailures.ts';
import { remoteFile } from './worker.ts';

/**
 * Tasks: short jobs for the trainer's own code, which run on a CPU beside the training. The protocol between a task worker and the API
 * (/worker/v1/tasks) is on the model of that for runs: a worker token to claim; then the attempt token of the ticket and the attempt's
 * number with every call, refused with `stale-attempt` once the task has ended or gone on elsewhere.
 */

export const taskKind = z.enum(['export', 'preview']);
export type TaskKind = z.infer<typeof taskKind>;

/** Paths after the API's own address; all are POST. */
export const taskPaths = {
  /** Answers a ticket, or 204 when no task waits. */
  claim: '/worker/v1/tasks/claim',
  ofTask: (task: string, call: 'heartbeat' | 'uploads' | 'finish'): string => `/worker/v1/tasks/${encodeURIComponent(task)}/${call}`,
} as const;

export const taskClaimRequest = z.strictObject({
  worker: z.object({ name: line(200).min(1), device: z.object({ type: z.enum(['cpu', 'gpu']), name: line(200) }) }),
});

const packs = z.array(remoteFile.extend({ split }));

/** What is exported: a checkpoint, or what its run starts from. */
const exportSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('checkpoint'),
    model: remoteFile,
    /** For the epochs on a card. */
    state: remoteFile.nullable(),
    /** Of this very checkpoint, for a card. */
    evaluation: remoteFile.nullable(),
  }),
  /** Epoch 0: the weights under a head that nothing has trained. `packs` where the normalisation is measured on them, else none. */
  z.object({ kind: z.literal('untuned'), spec: runSpec, manifest: datasetManifest, packs, weights: remoteFile.nullable() }),
]);

const work = z.discriminatedUnion('kind', [
  /** `fileName`: what the exported file will be called where it is used. */
  z.object({ kind: z.literal('export'), format: exportFormat, with: z.array(exportCompanion), fileName: z.string().regex(/^[^/\\\u0000-\u001f]{1,200}$/), source: exportSource }),
  z.object({ kind: z.literal('preview'), spec: runSpec, manifest: datasetManifest, packs, images: z.number().int(), draws: z.number().int() }),
]);

export const taskTicket = z.object({
  task: z.string(),
  attempt: z.number().int().positive(),
  attemptToken: z.string(),
  leaseSeconds: z.number().positive(),
  heartbeatSeconds: z.number().positive(),
  work,
});
export type TaskTicket = z.infer<typeof taskTicket>;
export type TaskWork = TaskTicket['work'];

const attempt = z.number().int().positive();

/** The reply is a `heartbeatReply` of worker.ts. */
export const taskHeartbeatRequest = z.strictObject({ attempt });

export const taskFileName = z.enum([...exportFileName.options, 'preview.png']);
export type TaskFileName = z.infer<typeof taskFileName>;

/** Asks for a place to put a file. The reply is an `uploadReply` of worker.ts. */
export const taskUploadRequest = z.strictObject({ attempt, name: taskFileName, bytes: byteCount.min(1).max(5 * 2 ** 30) });

const uploadedFile = z.strictObject({ name: taskFileName, key: z.string().max(512), bytes: byteCount, sha256 });

/** What a task has brought, beside its files. */
const exported = z.strictObject({
  kind: z.literal('export'),
  /** Between a logit of the exported file and the checkpoint's. */
  largestDifference: z.number().nonnegative(),
});
const previewed = z.strictObject({
  kind: z.literal('preview'),
  images: z.array(shownImage).max(1000),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
});
export const taskFindings = z.discriminatedUnion('kind', [exported, previewed]);
export type TaskFindings = z.infer<typeof taskFindings>;

export const taskFinishRequest = z.strictObject({
  attempt,
  outcome: z.discriminatedUnion('status', [
    z.strictObject({ status: z.literal('succeeded'), files: z.array(uploadedFile).min(1).max(taskFileName.options.length), findings: taskFindings }),
    z.strictObject({ status: z.literal('failed'), code: taskFailureCode, message: z.string().max(10_000) }),
    /** The worker was told to go: the task waits for another one. */
    z.strictObject({ status: z.literal('stopped') }),
  ]),
});
