import { completeSpec } from '@thaw/contract/completeSpec';
import type { Run } from '@thaw/contract/runs';
import type { RunRow, StoredCurve, StoredEvaluation } from '@thaw/db/schema/run';
import type { QueuePlace } from '../queue/queuePlaces.ts';
import type { Storage } from '../storage/storage.ts';

/** A run as the API shows it. @param place in the queue, where it waits */
export function presentRun(row: RunRow, storage: Pick<Storage, 'uri'>, place?: QueuePlace): Run {
  const { id, name, tags, edition, status, priority, attempt, epoch, step, stepsPerEpoch, device, lastEpoch, result, failure } = row;
  const present = ({ name: file, key, bytes, sha256 }: StoredCurve | StoredEvaluation) => ({ name: file, uri: storage.uri(key), bytes, sha256 });
  return {
    id,
    name,
    tags,
    edition,
    status,
    spec: completeSpec(row.spec),
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
    evaluation: row.evaluation && present(row.evaluation),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
