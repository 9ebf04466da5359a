import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { ingestOptions } from '@thaw/contract/datasets';
import { defaultIngestLimits } from '@thaw/contract/ingest';
import { storedZip } from '@thaw/gpu-worker/export/storedZip';
import { importArchive } from '@thaw/ingest-worker/importing/importArchive';
import { createProgressMeter, type ProgressMeter } from '@thaw/ingest-worker/importing/progress';
import sharp, { type Sharp } from 'sharp';

export interface IngestFigures {
  /** While decoding, with reading and keeping. */
  imagesPerSecond: number;
  /** MB of this process, its decoders apart, at a quarter of the images and at the last. */
  resident: { early: number; late: number };
}

/** An import of a zip with small images, and of one with photographs, by a decoder a core. */
export async function measureIngest(): Promise<{ small: IngestFigures; photos: IngestFigures }> {
  const small = await Promise.all(Array.from({ length: 200 }, (_, seed) => scene(seed, 32, 32).png().toBuffer()));
  const photos = await Promise.all(Array.from({ length: 4 }, (_, seed) => scene(seed, 4000, 3000).jpeg({ quality: 90 }).toBuffer()));
  return { small: await measure(small, 20_000, 32), photos: await measure(photos, 120, 224) };
}

/** Coarse colours under fine noise: as hard to decode as a photograph of this size. */
function scene(seed: number, width: number, height: number): Sharp {
  const [columns, rows] = [Math.ceil(width / 4), Math.ceil(height / 4)];
  let state = seed + 1;
  const noise = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >>> 16;
  const pixels = Buffer.from(Array.from({ length: columns * rows * 3 }, (_, at) => ((at >> 9) % 160) + (noise() & 63)));
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } }).resize(width, height, { fit: 'fill' });
}

async function measure(images: readonly Uint8Array[], count: number, side: number): Promise<IngestFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  try {
    const archive = path.join(folder, 'images.zip');
    const file = openSync(archive, 'w');
    const members = Array.from({ length: count }, (_, index) => ({ name: `${index % 2}/${index}.img`, content: images[index % images.length] as Uint8Array }));
    for (const piece of storedZip(members)) writeSync(file, piece);
    closeSync(file);
    const out = path.join(folder, 'out');
    mkdirSync(out);
    const marks = { start: 0, end: 0, early: 0, late: 0 };
    const resident = (): number => process.memoryUsage().rss / 2 ** 20;
    const meter = createProgressMeter();
    const progress: ProgressMeter = {
      ...meter,
      stage: (stage, total) => {
        if (stage === 'decoding') marks.start = performance.now();
        if (stage === 'checking') Object.assign(marks, { end: performance.now(), late: resident() });
        meter.stage(stage, total);
      },
      done: (steps) => {
        if (steps === Math.floor(count / 4)) marks.early = resident();
        meter.done(steps);
      },
    };
    const signal = new AbortController().signal;
    await importArchive({ archive, folder: out, options: ingestOptions.parse({ imageSize: side }), limits: defaultIngestLimits, processes: availableParallelism(), progress, signal });
    return { imagesPerSecond: (1000 * count) / (marks.end - marks.start), resident: { early: marks.early, late: marks.late } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
