import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import type { EventOf, TrainerEvent } from '@thaw/contract/events';
import { TrainingError } from '../trainingError.ts';
import { command, deviceWish, exitCodeOf, exitCodes } from './command.ts';
import { readSpec } from './readSpec.ts';

const usage = `usage: train --spec FILE --data DIR [--weights FILE] --out DIR [--resume] [--device cpu|gpu|auto]

  --spec     JSON of a run spec; fields left out come from its preset
  --data     folder with CIFAR-10 files (data_batch_*.bin, test_batch.bin) or with packs and their manifest.json
  --weights  weights of the spec's model.backbone (.pth or .safetensors): an ImageNet file, or a checkpoint's model.safetensors
  --out      receives checkpoints/, curves/ and, once the run has succeeded, evaluation.json
  --resume   go on from the newest checkpoint under --out

Events go to standard output, one JSON object a line. Exit code: 0 done, 1 failed, 2 wrong input, 143 stopped by a signal.`;

function parseOrder(args: string[], resolve: (file: string) => string) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: { spec: text, data: text, weights: text, out: text, resume: flag, device: { type: 'string', default: 'auto' }, supervised: flag },
  });
  const { spec, data, out, device } = values;
  if (spec === undefined || data === undefined || out === undefined) throw new TypeError('--spec, --data and --out are needed');
  return {
    spec: resolve(spec),
    data: resolve(data),
    out: resolve(out),
    weights: values.weights === undefined ? undefined : resolve(values.weights),
    resume: values.resume,
    device: deviceWish(device),
    supervised: values.supervised,
  };
}

/** One JSON a line, written at once: an event must not be lost when the process dies right after it. */
function say(event: TrainerEvent): void {
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  for (let done = 0; done < line.length; ) {
    try {
      done += fs.writeSync(1, line, done);
    } catch (error) {
      // A pipe whose reader is slow is full for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  if (event.type === 'phase') process.stderr.write(`${describePhase(event)}\n`);
}

function describePhase({ phase, epoch, trainableParameters, frozenParameters, learningRate }: EventOf<'phase'>): string {
  const [trainable, frozen] = [trainableParameters, frozenParameters].map((count) => count.toLocaleString('en-US'));
  return `phase ${phase} from epoch ${epoch}: ${trainable} parameters train, ${frozen} are frozen, learning rate ${learningRate}`;
}

function stopSignal(supervised: boolean): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());
  // A supervised trainer does not outlive its supervisor: the pipe closes when that dies, however it dies.
  if (supervised) process.stdin.on('end', () => process.exit(exitCodes.failed)).on('error', () => process.exit(exitCodes.failed)).resume();
  return controller.signal;
}

async function trainAsOrdered(order: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    const spec = readSpec(order.spec);
    // TensorFlow is loaded only for an order that makes sense.
    const { trainFolder } = await import('../train/trainFolder.ts');
    const finished = await trainFolder({ ...order, spec }, say, stopSignal(order.supervised));
    say(finished);
    if (finished.failure !== null) process.stderr.write(`${finished.failure.message}\n`);
    return exitCodes[finished.status];
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    say({ type: 'finished', step: 0, status: 'failed', epochs: 0, seconds: 0, best: null, bestTest: null, failure: { code: error.code, message: error.message } });
    return exitCodeOf(error);
  }
}

/** `train`: a run from files to files. */
export const train = command(usage, parseOrder, trainAsOrdered);
