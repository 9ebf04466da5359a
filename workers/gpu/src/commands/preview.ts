import { parseArgs } from 'node:util';
import { TrainingError } from '../trainingError.ts';
import { checkWritable } from './checkWritable.ts';
import { command, exitCodeOf, exitCodes, wholeNumber } from './command.ts';
import { readSpec } from './readSpec.ts';

const most = 32;
const usage = `usage: preview --spec FILE --data DIR --out FILE.png [--images N] [--draws N]

  --spec    JSON of a run spec; fields left out come from its preset
  --data    folder with CIFAR-10 files (data_batch_*.bin, test_batch.bin) or with packs and their manifest.json
  --out     receives a contact sheet: a row for each image, first as it is, then as the network sees it in epochs 1, 2, ...
  --images  number of images, 8 if not given, ${most} at most: of each class the first, then the second
  --draws   number of epochs, 7 if not given, ${most} at most

The same spec gives the same picture, and the draws of its run. Exit code: 0 done, 1 failed, 2 wrong input.`;

function parseOrder(args: string[], resolve: (file: string) => string) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { spec: text, data: text, out: text, images: { type: 'string', default: '8' }, draws: { type: 'string', default: '7' } },
  });
  const { spec, data, out } = values;
  if (spec === undefined || data === undefined || out === undefined) throw new TypeError('--spec, --data and --out are needed');
  if (!out.toLowerCase().endsWith('.png')) throw new TypeError(`--out is a PNG file, such as preview.png, not ${out}`);
  return {
    spec: resolve(spec),
    data: resolve(data),
    out: resolve(out),
    images: wholeNumber('--images', values.images, most),
    draws: wholeNumber('--draws', values.draws, most),
  };
}

async function previewAsOrdered(order: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    const spec = readSpec(order.spec);
    checkWritable(order.out);
    const { previewFolder } = await import('../preview/previewFolder.ts');
    const { images } = previewFolder({ ...order, spec });
    const rows = images.map(({ index, class: name }) => `${name} (${index})`).join(', ');
    const what = spec.data.augmentation === null ? 'the spec has no augmentation, so all columns are alike' : 'the original, then as seen in epochs 1, 2, ...';
    process.stdout.write(`${order.out}: ${what}; rows: ${rows}\n`);
    return exitCodes.succeeded;
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  }
}

/** `preview`: what a spec's augmentation does to its training images. */
export const preview = command(usage, parseOrder, previewAsOrdered);
