import { encodeMetric } from '@thaw/contract/numbers';
import { curveFileName, type CurveFileName } from '@thaw/contract/runs';
import type { RunRow } from '@thaw/db/schema/run';
import { csvHeader, csvLine, epochsCsv, iterationColumns } from '@thaw/formats/curves';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findRun } from './findRun.ts';
import { openSeries, readEpochs } from './openSeries.ts';
import { readValidEvents } from './runLog.ts';
import { selectRows } from './selectRows.ts';

export type CurveFile = { url: string } | { contentType: string; blocks: AsyncIterable<string> };

const contentTypes: Record<CurveFileName, string> = {
  'iterations.csv': 'text/csv; charset=utf-8',
  'epochs.csv': 'text/csv; charset=utf-8',
  'events.ndjson': 'application/x-ndjson; charset=utf-8',
};

/** A curve file: where it is stored, or, while the run goes on or ended without storing one, made from the log. */
export async function getCurve(ctx: Context, input: { id: string; file: string }): Promise<CurveFile> {
  const row = await findRun(ctx.db, ctx.caller, input.id);
  const file = curveFileName.safeParse(input.file).data;
  if (file === undefined) throw notFound(`curve file of this name (there are ${curveFileName.options.join(', ')})`);
  const stored = row.curves.find(({ name }) => name === file);
  if (stored !== undefined) return { url: await ctx.storage.presignGet(stored.key, 'download', `${row.id}-${file}`) };
  return { contentType: contentTypes[file], blocks: writers[file](ctx, row) };
}

const writers: Record<CurveFileName, (ctx: Context, row: RunRow) => AsyncGenerator<string>> = {
  'iterations.csv': async function* ({ db }, row) {
    yield csvHeader(iterationColumns);
    const { pages } = await selectRows(db, await openSeries(db, row));
    for await (const page of pages) yield page.map((point) => csvLine(iterationColumns, { ...point, loss: encodeMetric(point.loss) })).join('');
  },
  'epochs.csv': async function* ({ db }, row) {
    yield [...epochsCsv(await readEpochs(db, row))].join('');
  },
  'events.ndjson': async function* ({ db }, { id }) {
    let block: string[] = [];
    for await (const event of readValidEvents(db, id)) {
      block.push(`${JSON.stringify(event)}\n`);
      if (block.length < 1000) continue;
      yield block.join('');
      block = [];
    }
    yield block.join('');
  },
};
