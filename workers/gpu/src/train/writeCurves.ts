import * as fs from 'node:fs';
import path from 'node:path';
import type { CurveFileName } from '@thaw/contract/runs';
import { epochsCsv, iterationsCsv } from '@thaw/formats/curves';
import type { History } from '../checkpoint/progress.ts';

/** Writes the curves of a run: every step and epoch as CSV, and all events as they were said. */
export function writeCurves(folder: string, history: History): void {
  fs.mkdirSync(folder, { recursive: true });
  const iterations = history.filter((event) => event.type === 'iteration');
  const epochs = history.filter((event) => event.type === 'epoch');
  const files: Record<CurveFileName, Iterable<string>> = {
    'iterations.csv': iterationsCsv(iterations),
    'epochs.csv': epochsCsv(epochs),
    'events.ndjson': history.map((event) => `${JSON.stringify(event)}\n`),
  };
  for (const [name, lines] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.writeFileSync(`${file}.tmp`, [...lines].join(''));
    fs.renameSync(`${file}.tmp`, file);
  }
}
