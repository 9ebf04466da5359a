import { figuresOfRun } from '@thaw/contract/comparison';
import { completeSpec } from '@thaw/contract/completeSpec';
import type { EpochRecord } from '@thaw/contract/events';
import { differingSettings, type RunComparison } from '@thaw/contract/runComparison';
import { dataset } from '@thaw/db/schema/dataset';
import { run, type RunRow } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, eq, inArray } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { readEpochs } from './openSeries.ts';
import { presentRun } from './presentRun.ts';

export interface CompareRunsInput {
  ids: readonly string[];
  /** Epochs of each run at most. */
  points: number;
}

/** Runs side by side: what is different about their settings, what came of them, and their epochs. @throws not-found where one is not the caller's */
export async function compareRuns(ctx: Context, { ids, points }: CompareRunsInput): Promise<RunComparison> {
  const found = ids.every(canBeId)
    ? await ctx.db
        .select({ row: run, datasetName: dataset.name, weights: { name: weights.name, sha256: weights.sha256 } })
        .from(run)
        .innerJoin(dataset, eq(dataset.id, run.datasetId))
        .leftJoin(weights, eq(weights.id, run.weightsId))
        .where(and(inArray(run.id, [...ids]), eq(run.ownerId, ctx.caller.userId)))
    : [];
  const inOrder = ids.map((id) => {
    const one = found.find(({ row }) => row.id === id);
    if (one === undefined) throw notFound('run with this id');
    return one;
  });
  const runs: RunComparison['runs'] = [];
  // One after the other: a log that was never read before takes some work.
  for (const { row, ...names } of inOrder) runs.push({ ...shownOf(ctx, row), ...names, ...curveOf(await readEpochs(ctx.db, row), row, points) });
  const settings = inOrder.map(({ row, weights: from }) => ({
    id: row.id,
    settings: { ...completeSpec(row.spec), dataset: { version: row.datasetVersion }, weights: { sha256: from?.sha256 ?? null } },
  }));
  return { runs, settings: differingSettings(settings) };
}

function shownOf({ storage }: Context, row: RunRow) {
  const { id, name, tags, status, companionOf, dataset: data, device, lastEpoch, result, failure, createdAt, startedAt, finishedAt } = presentRun(row, storage);
  const figures = figuresOfRun({ run: id, status, monitor: row.spec.data.monitor, lastEpoch, result });
  return { id, name, tags, status, companionOf, dataset: data, device, lastEpoch, result, failure, createdAt, startedAt, finishedAt, figures };
}

function curveOf(epochs: readonly EpochRecord[], { result }: RunRow, points: number) {
  const speeds = epochs.flatMap(({ imagesPerSecond }) => (imagesPerSecond === null ? [] : [imagesPerSecond])).sort((a, b) => a - b);
  return { imagesPerSecond: speeds[Math.floor(speeds.length / 2)] ?? null, epochs: thinned(epochs, points, result?.best?.epoch ?? null) };
}

/** The first, the last and the best epoch, and others between them at even distances. */
function thinned(epochs: readonly EpochRecord[], points: number, best: number | null): EpochRecord[] {
  if (epochs.length <= points) return [...epochs];
  const stride = Math.ceil((epochs.length - 1) / Math.max(1, points - 3));
  return epochs.filter(({ epoch }, at) => at % stride === 0 || at === epochs.length - 1 || epoch === best);
}
