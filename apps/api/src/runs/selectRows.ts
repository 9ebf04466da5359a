import type { IterationField } from '@thaw/contract/metricsQuery';
import type { Executor } from '@thaw/db/client';
import { metricChunk } from '@thaw/db/schema/metricChunk';
import { unpackMetricRows, type MetricRow } from '@thaw/formats/metricRows';
import { bucketWidth, createReducer } from '@thaw/formats/reduceRows';
import { and, asc, eq, inArray } from 'drizzle-orm';
import { unavailable } from '../errors.ts';
import type { ChunkHead, Series } from './openSeries.ts';
import { picksWidth } from './packChunk.ts';

export interface RowSelection {
  /** Both included. */
  fromStep: number;
  toStep: number;
  /** Undefined: all. */
  points: number | undefined;
  /** Whose extremes are kept. */
  fields: readonly IterationField[];
}

export interface SelectedRows {
  reduction: { rows: number; bucketRows: number } | null;
  /** By step, a page at a time. */
  pages: AsyncIterable<readonly MetricRow[]>;
}

/** A chunk that is wanted as a whole, or rows that are here. */
type Part = { chunk: ChunkHead } | { rows: MetricRow[] };

const allSteps = { fromStep: 0, toStep: Infinity, points: undefined, fields: [] };

/** Points of a series, reduced where that was asked for. Buckets that are wide enough are made of what chunks were reduced to before. */
export async function selectRows(db: Executor, series: Series, { fromStep, toStep, points, fields }: RowSelection = allSteps): Promise<SelectedRows> {
  const parts: Part[] = [];
  const within = ({ step }: MetricRow): boolean => step >= fromStep && step <= toStep;
  for (const chunk of series.chunks) {
    if (chunk.lastStep < fromStep || chunk.firstStep > toStep) continue;
    if (chunk.firstStep >= fromStep && chunk.lastStep <= toStep) parts.push({ chunk });
    else for (const rows of await readChunks(db, series.runId, [chunk], 'points')) parts.push({ rows: rows.filter(within) });
  }
  parts.push({ rows: series.tail.filter(within) });

  const rows = parts.reduce((sum, part) => sum + ('chunk' in part ? part.chunk.rows : part.rows.length), 0);
  const first = parts.map((part) => ('chunk' in part ? part.chunk.firstIndex : part.rows[0]?.index)).find((index) => index !== undefined);
  if (points === undefined || first === undefined || rows <= points) return { reduction: null, pages: readPages(db, series.runId, parts, 'points') };
  const bucketRows = bucketWidth({ first, last: first + rows - 1, points, fields });
  const pages = readPages(db, series.runId, parts, bucketRows >= picksWidth ? 'picks' : 'points');
  return { reduction: { rows, bucketRows }, pages: reduced(pages, bucketRows, fields) };
}

async function* reduced(pages: AsyncIterable<readonly MetricRow[]>, width: number, fields: readonly IterationField[]): AsyncGenerator<readonly MetricRow[]> {
  const reducer = createReducer(width, fields);
  for await (const page of pages) yield page.flatMap((row) => reducer.add(row));
  yield reducer.end();
}

type Column = 'points' | 'picks';
const chunksOfPage: Record<Column, number> = { points: 8, picks: 64 };

async function* readPages(db: Executor, runId: string, parts: readonly Part[], column: Column): AsyncGenerator<readonly MetricRow[]> {
  let chunks: ChunkHead[] = [];
  for (const part of parts) {
    if ('chunk' in part) chunks.push(part.chunk);
    if (chunks.length === chunksOfPage[column] || !('chunk' in part)) {
      yield* await readChunks(db, runId, chunks, column);
      chunks = [];
    }
    if ('rows' in part) yield part.rows;
  }
}

async function readChunks(db: Executor, runId: string, chunks: readonly ChunkHead[], column: Column): Promise<MetricRow[][]> {
  if (chunks.length === 0) return [];
  const found = await db
    .select({ number: metricChunk.number, batchId: metricChunk.batchId, eventIndex: metricChunk.eventIndex, bytes: metricChunk[column] })
    .from(metricChunk)
    .where(and(eq(metricChunk.runId, runId), inArray(metricChunk.number, chunks.map(({ number }) => number))))
    .orderBy(asc(metricChunk.number));
  // A chunk may be deleted, and another put in its place, by an attempt that resumes meanwhile.
  const same = chunks.every(({ batchId, eventIndex }, at) => found[at]?.batchId === batchId && found[at].eventIndex === eventIndex);
  if (!same) throw unavailable('The run was resumed while it was read. Try again.');
  return found.map(({ bytes }) => unpackMetricRows(bytes));
}
