import { parseArgs } from 'node:util';
import { TrainingError } from '../trainingError.ts';
import { checkWritable } from './checkWritable.ts';
import { command, deviceWish, exitCodeOf, exitCodes, wholeNumber } from './command.ts';
import { summariseEvaluation } from './summariseEvaluation.ts';

const usage = `usage: evaluate --checkpoint FILE --data DIR --json FILE [--batch-size N] [--test-limit N] [--device cpu|gpu|auto]

  --checkpoint  a checkpoint's model.safetensors
  --data        folder with CIFAR-10 files (data_batch_*.bin, test_batch.bin) or with packs and their manifest.json;
                its classes must be the checkpoint's
  --json        receives the evaluation
  --batch-size  images at a time, 64 if not given; the figures do not depend on it
  --test-limit  only the first N/classes images of each class, as data.testLimit of a run; all if not given

A summary goes to standard output. Exit code: 0 done, 1 failed, 2 wrong input.`;

function parseOrder(args: string[], resolve: (file: string) => string) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { checkpoint: text, data: text, json: text, 'batch-size': { type: 'string', default: '64' }, 'test-limit': text, device: { type: 'string', default: 'auto' } },
  });
  const { checkpoint, data, json, device } = values;
  if (checkpoint === undefined || data === undefined || json === undefined) throw new TypeError('--checkpoint, --data and --json are needed');
  return {
    checkpoint: resolve(checkpoint),
    data: resolve(data),
    json: resolve(json),
    batchSize: wholeNumber('--batch-size', values['batch-size'], 1024),
    testLimit: values['test-limit'] === undefined ? null : wholeNumber('--test-limit', values['test-limit'], Number.MAX_SAFE_INTEGER),
    device: deviceWish(device),
  };
}

async function evaluateAsOrdered({ json, ...order }: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    checkWritable(json);
    const [{ evaluateFolder }, { writeEvaluation }] = await Promise.all([import('../train/evaluateFolder.ts'), import('../train/writeEvaluation.ts')]);
    const evaluation = await evaluateFolder(order);
    writeEvaluation(json, evaluation);
    process.stdout.write(`${summariseEvaluation(evaluation)}\n`);
    return exitCodes.succeeded;
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  }
}

/** `evaluate`: a checkpoint on the test part of a folder. */
export const evaluate = command(usage, parseOrder, evaluateAsOrdered);
