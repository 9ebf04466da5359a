import type { metricChunk, PlacedEpoch } from '@thaw/db/schema/metricChunk';
import { packMetricRows, type MetricRow } from '@thaw/formats/metricRows';
import { reduceRows } from '@thaw/formats/reduceRows';

/** Points of the log that lie in no chunk yet. */
export interface Pending {
  rows: MetricRow[];
  epochs: PlacedEpoch[];
  /** Where the last of the rows stands in the log. */
  batchId: number;
  eventIndex: number;
}

export const picksWidth = 256;

/** A chunk of all that is pending; of epochs, those up to its last step: the log is read on from there. */
export function packChunk(runId: string, number: number, { rows, epochs, batchId, eventIndex }: Pending): typeof metricChunk.$inferInsert & { epochs: PlacedEpoch[] } {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('A chunk of no points.');
  return {
    runId,
    number,
    firstIndex: first.index,
    rows: rows.length,
    firstStep: first.step,
    lastStep: last.step,
    reach: epochs.reduce((reach, { step }) => Math.max(reach, step), last.step),
    batchId,
    eventIndex,
    epochs,
    points: packMetricRows(rows),
    picks: packMetricRows(reduceRows(rows, picksWidth, ['loss', 'learningRate', 'accuracy'])),
  };
}
