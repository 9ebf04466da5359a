import type { Run } from '@thaw/contract/runs';
import { run, type RunRow, type StoredFile } from '@thaw/db/schema/run';
import { sql } from 'drizzle-orm';
import type { QueuePlace } from '../queue/queuePlaces.ts';
import type { Storage } from '../storage/storage.ts';
import { completed, readStoredSpec } from './storedSpec.ts';

/** Columns of a run that a list of runs takes, to be shown or to be sorted by. */
export const shownColumns = {
  id: run.id, ownerId: run.ownerId, name: run.name, tags: run.tags, edition: run.edition, status: run.status, spec: sql`${run.spec}::text`.mapWith(readStoredSpec),
  companionOf: run.companionOf, companionKind: run.companionKind, datasetId: run.datasetId, datasetVersion: run.datasetVersion,
  priority: run.priority, attempt: run.attempt, stopRequestedAt: run.stopRequestedAt, epoch: run.epoch, step: run.step,
  stepsPerEpoch: run.stepsPerEpoch, device: run.device, lastEpoch: run.lastEpoch, result: run.result, bestAccuracy: run.bestAccuracy,
  failure: run.failure, curves: run.curves, evaluation: run.evaluation, createdAt: run.createdAt, startedAt: run.startedAt,
  finishedAt: run.finishedAt, durationSeconds: run.durationSeconds,
};
export type ShownRow = Pick<RunRow, keyof typeof shownColumns>;

/** A run as the API shows it. @param place in the queue, where it waits */
export function presentRun(row: ShownRow, storage: Pick<Storage, 'uri'>, place?: QueuePlace): Run {
  const { id, name, tags, edition, status, priority, attempt, epoch, step, stepsPerEpoch, device, lastEpoch, result, failure } = row;
  const present = ({ name: file, key, bytes, sha256 }: StoredFile & { name: string }) => ({ name: file, uri: storage.uri(key), bytes, sha256 });
  return {
    id,
    name,
    tags,
    edition,
    status,
    spec: completed(row.spec),
    companionOf: row.companionOf === null || row.companionKind === null ? null : { run: row.companionOf, kind: row.companionKind },
    dataset: { id: row.datasetId, version: row.datasetVersion },
    priority,
    queuePosition: place?.position ?? null,
    waitsFor: place?.waitsFor ?? null,
    attempt,
    stopRequested: row.stopRequestedAt !== null,
    epoch,
    step,
    stepsPerEpoch,
    device,
    lastEpoch,
    result,
    failure,
    curves: row.curves.map(present),
    evaluation: row.evaluation && { ...present(row.evaluation), predictions: row.evaluation.predictions ? present(row.evaluation.predictions) : null },
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
