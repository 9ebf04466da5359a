import { curveFileName, type CurveFileName } from '@thaw/contract/runs';
import { epochsCsv, iterationsCsv } from '@thaw/formats/curves';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findRun } from './findRun.ts';
import { metricsOf, readRunLog, validEvents } from './runLog.ts';

export type CurveFile = { url: string } | { contentType: string; lines: Iterable<string> };

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
  const events = validEvents(await readRunLog(ctx.db, row.id));
  return { contentType: contentTypes[file], lines: render(file, events) };
}

function render(file: CurveFileName, events: ReturnType<typeof validEvents>): Iterable<string> {
  if (file === 'events.ndjson') return events.map((event) => `${JSON.stringify(event)}\n`);
  const { iterations, epochs } = metricsOf(events);
  return file === 'iterations.csv' ? iterationsCsv(iterations) : epochsCsv(epochs);
}
