import { epochRecord, type EpochRecord, type TrainerEvent } from '@thaw/contract/events';
import { decodeMetric } from '@thaw/contract/numbers';
import { isTerminal } from '@thaw/contract/runStatus';
import type { Database, Executor } from '@thaw/db/client';
import { metricChunk, type PlacedEpoch } from '@thaw/db/schema/metricChunk';
import { run, type RunRow } from '@thaw/db/schema/run';
import type { MetricRow } from '@thaw/formats/metricRows';
import { asc, eq } from 'drizzle-orm';
import { setTimeout } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { packChunk, type Pending } from './packChunk.ts';
import { readBatches, readValidity, type Validity } from './runLog.ts';

/** All of a chunk but its points. */
export type ChunkHead = Pick<typeof metricChunk.$inferSelect, 'number' | 'firstIndex' | 'rows' | 'firstStep' | 'lastStep' | 'batchId' | 'eventIndex' | 'epochs'>;

/** The points of a run: most lie packed in chunks, the newest are here. */
export interface Series {
  runId: string;
  chunks: ChunkHead[];
  tail: MetricRow[];
  /** Each epoch once. */
  epochs: PlacedEpoch[];
}

type Packed = ReturnType<typeof packChunk>;

const rowsOfChunk = 4096;
const logOfChunk = 4 * 2 ** 20;
const chunksAtOnce = 16;
const tries = 5;

/**
 * The series of a run as it stands. What the log has beyond the chunks is read, and packed into chunks where it is much or the run
 * has ended: so the log is read once, whichever process is asked, and never lies in memory as a whole.
 */
export async function openSeries(db: Database, row: Pick<RunRow, 'id' | 'status'>): Promise<Series> {
  let chunks = 0;
  for (let left = tries; left > 0; left--) {
    const series = await readSeries(db, row);
    if ('tail' in series) return series;
    // As long as another packs, this one waits and takes what it has packed.
    if (series.chunks > chunks) left = tries;
    chunks = series.chunks;
    await setTimeout(100 + 200 * Math.random());
  }
  throw unavailable('The run changes too fast to be read just now. Try again in a moment.');
}

/** Only how many chunks there were at first, where the run was resumed or another process packed the same meanwhile. */
async function readSeries(db: Database, { id: runId, status }: Pick<RunRow, 'id' | 'status'>): Promise<Series | { chunks: number }> {
  const validity = await readValidity(db, runId);
  const chunks: ChunkHead[] = await readHeads(db, runId);
  const last = chunks.at(-1);
  const retry = { chunks: chunks.length };
  let [firstIndex, lastStep] = last === undefined ? [0, 0] : [last.firstIndex + last.rows, last.lastStep];
  let pending: Pending = { rows: [], epochs: [], batchId: 0, eventIndex: -1 };
  let length = 0;
  let packed: Packed[] = [];
  const pack = (): void => {
    const chunk = packChunk(runId, chunks.length + packed.length, pending);
    packed.push(chunk);
    pending = { ...pending, rows: [], epochs: [] };
    length = 0;
  };
  const keep = async (): Promise<boolean> => {
    if (packed.length === 0) return true;
    if (!(await keepChunks(db, runId, validity, chunks.length, packed))) return false;
    chunks.push(...packed.map(headOf));
    packed = [];
    return true;
  };

  for await (const batch of readBatches(db, runId, last?.batchId)) {
    const limit = validity.lastStepOf(batch.attempt);
    const time = Math.floor(batch.createdAt.getTime() / 1000);
    length += batch.length;
    for (const [eventIndex, event] of batch.events.entries()) {
      if (batch.id === last?.batchId && eventIndex <= last.eventIndex) continue;
      if (event.type === 'log' || event.step > limit) continue;
      if (event.type === 'epoch') pending.epochs.push({ step: event.step, time, record: epochRecord.parse(event) });
      // The steps of an attempt rise; one that does not was told before.
      if (event.type !== 'iteration' || event.step <= lastStep) continue;
      pending.rows.push(rowOf(event, firstIndex, time));
      firstIndex++;
      lastStep = event.step;
      Object.assign(pending, { batchId: batch.id, eventIndex });
      if (pending.rows.length === rowsOfChunk) pack();
    }
    if (length > logOfChunk && pending.rows.length > 0) pack();
    if (packed.length >= chunksAtOnce && !(await keep())) return retry;
  }
  if (isTerminal(status) && pending.rows.length > 0) pack();
  if (!(await keep())) return retry;
  if ((await readValidity(db, runId)).newest !== validity.newest) return retry;
  return { runId, chunks, tail: pending.rows, epochs: once([...chunks.flatMap(({ epochs }) => epochs), ...pending.epochs]) };
}

const headOf = ({ number, firstIndex, rows, firstStep, lastStep, batchId, eventIndex, epochs }: Packed): ChunkHead => ({
  number,
  firstIndex,
  rows,
  firstStep,
  lastStep,
  batchId,
  eventIndex,
  epochs,
});

function readHeads(db: Executor, runId: string): Promise<ChunkHead[]> {
  const { number, firstIndex, rows, firstStep, lastStep, batchId, eventIndex, epochs } = metricChunk;
  return db.select({ number, firstIndex, rows, firstStep, lastStep, batchId, eventIndex, epochs }).from(metricChunk).where(eq(metricChunk.runId, runId)).orderBy(asc(number));
}

/** Under the lock that recordEvents holds too: nothing becomes void meanwhile. False where the log or the chunks are not as they were. */
async function keepChunks(db: Database, runId: string, before: Validity, count: number, packed: Packed[]): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [locked] = await tx.select({ id: run.id }).from(run).where(eq(run.id, runId)).for('no key update');
    if (locked === undefined || (await readValidity(tx, runId)).newest !== before.newest) return false;
    if ((await tx.$count(metricChunk, eq(metricChunk.runId, runId))) !== count) return false;
    await tx.insert(metricChunk).values(packed);
    return true;
  });
}

function rowOf(event: Extract<TrainerEvent, { type: 'iteration' }>, index: number, time: number): MetricRow {
  const { step, epoch, phase, loss, learningRate, accuracy } = event;
  return { index, step, epoch, phase, time, loss: decodeMetric(loss), learningRate, accuracy: accuracy ?? null };
}

/** What was said last of an epoch counts. */
function once(epochs: readonly PlacedEpoch[]): PlacedEpoch[] {
  return [...new Map(epochs.map((placed) => [placed.record.epoch, placed])).values()].sort((a, b) => a.record.epoch - b.record.epoch);
}

/** The epochs of a run alone. */
export async function readEpochs(db: Database, row: Pick<RunRow, 'id' | 'status'>): Promise<EpochRecord[]> {
  return (await openSeries(db, row)).epochs.map(({ record }) => record);
}
