import { isEpochField, isIterationField, iterationField, type EpochField, type IterationField, type MetricsQuery } from '@thaw/contract/metricsQuery';
import { encodeMetric } from '@thaw/contract/numbers';
import type { PlacedEpoch } from '@thaw/db/schema/metricChunk';
import { csvHeader, csvLine, epochColumns, snakeCase } from '@thaw/formats/curves';
import type { MetricRow } from '@thaw/formats/metricRows';
import { tensorboardEvent, tensorboardHeader } from '@thaw/formats/tensorboard';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from './findRun.ts';
import { openSeries } from './openSeries.ts';
import { selectRows, type SelectedRows } from './selectRows.ts';

export interface MetricsFile {
  contentType: string;
  /** For saving it. */
  name: string;
  blocks: AsyncIterable<string | Uint8Array>;
}

interface Chosen extends SelectedRows {
  epochs: PlacedEpoch[];
  iterationFields: readonly IterationField[];
  epochFields: readonly EpochField[];
  series: MetricsQuery['series'];
  startedAt: Date;
}

const allEpochFields = epochColumns.filter((column) => column !== 'epoch' && column !== 'phase');

/** Losses, learning rates and accuracies of a run so far, each step and epoch once, in the format and as thin as was asked for. */
export async function getMetrics(ctx: Context, { id, ...query }: RunInput & MetricsQuery): Promise<MetricsFile> {
  const row = await findRun(ctx.db, ctx.caller, id);
  const { fields, series, fromStep = 0, toStep = Infinity, points } = query;
  const iterationFields = series === 'epochs' ? [] : (fields?.filter(isIterationField) ?? iterationField.options);
  const epochFields = series === 'iterations' ? [] : (fields?.filter(isEpochField) ?? allEpochFields);
  const all = await openSeries(ctx.db, row);
  const none = { reduction: null, pages: pageOf([]) };
  const rows = iterationFields.length === 0 ? none : await selectRows(ctx.db, all, { fromStep, toStep, points, fields: iterationFields });
  const epochs = epochFields.length === 0 ? [] : all.epochs.filter(({ step }) => step >= fromStep && step <= toStep);
  const startedAt = row.startedAt ?? row.createdAt;
  const { contentType, name, write } = formats[query.format];
  return { contentType, name: name(id, startedAt), blocks: write({ ...rows, epochs, iterationFields, epochFields, series, startedAt }) };
}

async function* pageOf(rows: readonly MetricRow[]): AsyncGenerator<readonly MetricRow[]> {
  yield rows;
}

interface Format {
  contentType: string;
  name: (id: string, startedAt: Date) => string;
  write: (chosen: Chosen) => AsyncGenerator<string | Uint8Array>;
}

const seconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

const formats: Record<MetricsQuery['format'], Format> = {
  json: { contentType: 'application/json', name: (id) => `${id}.json`, write: writeJson },
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', name: (id) => `${id}.ndjson`, write: writeNdjson },
  csv: { contentType: 'text/csv; charset=utf-8', name: (id) => `${id}.csv`, write: writeCsv },
  // TensorBoard takes files with "tfevents" in their name.
  tensorboard: { contentType: 'application/octet-stream', name: (id, startedAt) => `events.out.tfevents.${seconds(startedAt)}.${id}`, write: writeTensorboard },
};

async function* writeJson({ pages, epochs, iterationFields, epochFields, reduction }: Chosen): AsyncGenerator<string> {
  yield '{"iterations":[';
  let separator = '';
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map((row) => JSON.stringify(iterationOf(row, iterationFields))).join(',');
    separator = ',';
  }
  yield `],"epochs":${JSON.stringify(epochs.map((epoch) => epochOf(epoch, epochFields)))},"reduction":${JSON.stringify(reduction)}}`;
}

async function* writeNdjson({ pages, epochs, iterationFields, epochFields }: Chosen): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((row) => `${JSON.stringify({ type: 'iteration', ...iterationOf(row, iterationFields) })}\n`).join('');
  yield epochs.map((epoch) => `${JSON.stringify({ type: 'epoch', step: epoch.step, ...epochOf(epoch, epochFields) })}\n`).join('');
}

async function* writeCsv({ pages, epochs, iterationFields, epochFields, series }: Chosen): AsyncGenerator<string> {
  if (series === 'epochs') {
    const columns = ['epoch', 'phase', ...epochFields] as const;
    yield csvHeader(columns) + epochs.map(({ record }) => csvLine(columns, record)).join('');
    return;
  }
  const columns = ['step', 'epoch', 'phase', ...iterationFields] as const;
  yield csvHeader(columns);
  for await (const page of pages) yield page.map((row) => csvLine(columns, iterationOf(row, iterationFields))).join('');
}

async function* writeTensorboard({ pages, epochs, iterationFields, epochFields, startedAt }: Chosen): AsyncGenerator<Uint8Array> {
  yield tensorboardHeader(seconds(startedAt));
  for await (const page of pages) {
    yield Buffer.concat(page.map((row) => tensorboardEvent({ time: row.time, step: row.step, scalars: scalarsOf('iteration', iterationFields, row) })));
  }
  yield Buffer.concat(epochs.map(({ step, time, record }) => tensorboardEvent({ time, step, scalars: scalarsOf('epoch', epochFields, record) })));
}

function scalarsOf<Field extends string>(series: string, fields: readonly Field[], values: Readonly<Record<Field, number | string | null>>): [string, number][] {
  return fields.flatMap((field) => (values[field] === null ? [] : [[`${series}/${snakeCase(field)}`, Number(values[field])] as [string, number]]));
}

function iterationOf(row: MetricRow, fields: readonly IterationField[]) {
  const { step, epoch, phase, loss, learningRate, accuracy } = row;
  return {
    step,
    epoch,
    phase,
    ...(fields.includes('loss') && { loss: encodeMetric(loss) }),
    ...(fields.includes('learningRate') && { learningRate }),
    ...(fields.includes('accuracy') && accuracy !== null && { accuracy }),
  };
}

function epochOf({ record }: PlacedEpoch, fields: readonly EpochField[]) {
  const { epoch, phase } = record;
  return { epoch, phase, ...Object.fromEntries(fields.map((field) => [field, record[field]])) };
}
