import type { ExportEpoch } from '@thaw/contract/exports';
import type { Executor } from '@thaw/db/client';
import { checkpoint, type StoredCheckpointFile } from '@thaw/db/schema/checkpoint';
import type { RunRow } from '@thaw/db/schema/run';
import { desc, eq } from 'drizzle-orm';
import { notFound } from '../errors.ts';

/** What can be exported of a run. */
export interface ExportSource {
  epoch: number;
  step: number;
  /** Null for epoch 0: what the run starts from. */
  checkpointId: number | null;
  /** The model of the checkpoint. */
  model: StoredCheckpointFile | null;
}

/** The state of a run that an epoch stands for; null where it is not kept, or not there yet. */
export async function findSource(db: Executor, runId: string, epoch: ExportEpoch): Promise<ExportSource | null> {
  if (epoch === 0) return { epoch: 0, step: 0, checkpointId: null, model: null };
  const newestFirst = await db.select().from(checkpoint).where(eq(checkpoint.runId, runId)).orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  // A row says whether it was the best when it was written: the newest that was is the best now.
  const found = epoch === 'last' ? newestFirst[0] : newestFirst.find((row) => (epoch === 'best' ? row.best : row.epoch === epoch));
  const model = found?.files.find(({ name }) => name === 'model.safetensors');
  return found === undefined || model === undefined ? null : { epoch: found.epoch, step: found.step, checkpointId: found.id, model };
}

/** Why there is none. */
export function noSource({ status }: RunRow, epoch: ExportEpoch) {
  if (typeof epoch === 'number') return notFound(`checkpoint of epoch ${epoch}`, 'It was not saved, or has been removed: only the last, the best and what is pinned stay for good. GET /v1/runs/:id/checkpoints lists those that there are.');
  const advice = ['queued', 'launching', 'running'].includes(status) ? `The run is ${status}, and its first one comes with the end of an epoch.` : `The run is ${status} and has left none.`;
  return notFound('checkpoint of this run', `${advice} Epoch 0 is what it starts from.`);
}
