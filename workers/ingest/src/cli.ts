import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ingestOptions } from '@thaw/contract/datasets';
import { defaultIngestLimits } from '@thaw/contract/ingest';
import { z } from 'zod';
import { importArchive } from './importing/importArchive.ts';
import { createProgressMeter } from './importing/progress.ts';
import { IngestError } from './ingestError.ts';
import { manifestOf } from './packs/manifestOf.ts';

const usage = `Usage: ingest --archive FILE --out DIR [--size N] [--test-fraction F] [--seed N] [--names auto|utf-8|gb18030|cp437] [--processes N]

Turns a zip, tar, tar.gz or tar.zst of images into a data set: packs, images.ndjson and manifest.json (with the report) under DIR.
Prints one JSON object a line: progress, and at the end what came of it.`;

const exitCodes = { succeeded: 0, failed: 1, wrongInput: 2, stopped: 143 } as const;

function readOrder(args: string[]) {
  const names = ['archive', 'out', 'size', 'test-fraction', 'seed', 'names', 'processes'] as const;
  const { values } = parseArgs({ args, options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) });
  // npm runs a workspace's script in the workspace's folder; paths mean the folder in which npm was called.
  const file = (name: 'archive' | 'out'): string => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`--${name} is missing`);
    return path.resolve(process.env['INIT_CWD'] ?? '.', value);
  };
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  const options = ingestOptions.safeParse({ imageSize: number(values['size']), testFraction: number(values['test-fraction']), seed: number(values['seed']), fileNames: values['names'] });
  if (!options.success) throw new TypeError(z.prettifyError(options.error));
  return { archive: file('archive'), out: file('out'), options: options.data, processes: number(values['processes']) ?? availableParallelism() };
}

async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return exitCodes.succeeded;
  }
  let order;
  try {
    order = readOrder(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    return exitCodes.wrongInput;
  }
  const say = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(new Error(signal)));
  const progress = createProgressMeter();
  const ticking = setInterval(() => say({ type: 'progress', ...progress.snapshot() }), 1000);
  try {
    await mkdir(order.out, { recursive: true });
    const { archive, out: folder, options, processes } = order;
    const version = await importArchive({ archive, options, processes, folder, limits: defaultIngestLimits, progress, signal: stop.signal });
    const source = path.basename(archive);
    const manifest = manifestOf(version, { dataset: source.replace(/\..*$/, '') || source, version: 1, source, keyOf: (split) => `${split}.safetensors` });
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
    say({ type: 'finished', status: 'ready', classes: manifest.classes.length, splits: manifest.packs.map(({ split, images }) => ({ split, images })), quarantined: version.quarantined, report: manifest.report });
    return exitCodes.succeeded;
  } catch (error) {
    if (stop.signal.aborted) return exitCodes.stopped;
    const wrong = error instanceof IngestError || (error instanceof Error && 'code' in error && error.code === 'ENOENT');
    say({ type: 'finished', status: 'failed', code: error instanceof IngestError ? error.code : 'internal_error', message: error instanceof Error ? error.message : String(error) });
    process.stderr.write(`${wrong && error instanceof Error ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return wrong ? exitCodes.wrongInput : exitCodes.failed;
  } finally {
    clearInterval(ticking);
  }
}

process.exitCode = await main(process.argv.slice(2));
