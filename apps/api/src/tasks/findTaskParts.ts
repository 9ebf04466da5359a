import { completeSpec } from '@thaw/contract/completeSpec';
import type { DatasetManifest } from '@thaw/contract/datasets';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { Executor } from '@thaw/db/client';
import { checkpoint, type StoredCheckpointFile } from '@thaw/db/schema/checkpoint';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run, type RunRow } from '@thaw/db/schema/run';
import type { TaskRow } from '@thaw/db/schema/task';
import { weights } from '@thaw/db/schema/weights';
import { eq } from 'drizzle-orm';
import { isVersion } from '../ingests/currentVersion.ts';

interface StoredFile {
  key: string;
  bytes: number;
  sha256: string;
}

/** What a task is made of, by the rows that name it. */
export type TaskParts =
  | { kind: 'preview'; manifest: DatasetManifest }
  | { kind: 'checkpoint'; run: RunRow; files: StoredCheckpointFile[] }
  | { kind: 'untuned'; run: RunRow; spec: RunSpec; manifest: DatasetManifest; weights: StoredFile | null };

/** Null where it is not there any more. */
export async function findTaskParts(tx: Executor, { input, runId, checkpointId, datasetId, datasetVersion: version }: TaskRow): Promise<TaskParts | null> {
  if (input.kind === 'preview') {
    const manifest = datasetId === null || version === null ? null : await manifestOf(tx, datasetId, version);
    return manifest === null ? null : { kind: 'preview', manifest };
  }
  const [of] = runId === null ? [] : await tx.select().from(run).where(eq(run.id, runId));
  if (of === undefined) return null;
  if (input.epoch > 0 || checkpointId !== null) {
    const [kept] = checkpointId === null ? [] : await tx.select({ files: checkpoint.files }).from(checkpoint).where(eq(checkpoint.id, checkpointId));
    return kept === undefined ? null : { kind: 'checkpoint', run: of, files: kept.files };
  }
  const manifest = await manifestOf(tx, of.datasetId, of.datasetVersion);
  const [pretrained] = of.weightsId === null ? [] : await tx.select().from(weights).where(eq(weights.id, of.weightsId));
  return manifest === null ? null : { kind: 'untuned', run: of, spec: completeSpec(of.spec), manifest, weights: pretrained ?? null };
}

async function manifestOf(tx: Executor, datasetId: string, version: number): Promise<DatasetManifest | null> {
  const [row] = await tx.select({ manifest: datasetVersion.manifest }).from(datasetVersion).where(isVersion(datasetId, version));
  return row?.manifest ?? null;
}
