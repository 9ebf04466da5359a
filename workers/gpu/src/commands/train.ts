import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import type { EventOf, TrainerEvent } from '@thaw/contract/events';
import { TrainingError } from '../trainingError.ts';
import { command, deviceWish, exitCodeOf, exitCodes } from './command.ts';
import { describeCompanionEvent, describeComparison } from './describeCompanions.ts';
import { readSpec } from './readSpec.ts';

const usage = `usage: train --spec FILE --data DIR [--weights FILE] --out DIR [--resume] [--device cpu|gpu|auto]

  --spec     JSON of a run spec; fields left out come from its preset
  --data     folder with CIFAR-10 files (data_batch_*.bin, test_batch.bin) or with packs and their manifest.json
  --weights  weights of the spec's model.backbone (.pth or .safetensors): an ImageNet file, or a checkpoint's model.safetensors
  --out      receives checkpoints/, curves/ and, once the run has succeeded, evaluation.json
  --resume   go on from the newest checkpoint under --out

Events go to standard output, one JSON object a line. Companions that the spec asks for train after the run, into companions/ under
--out, and are told on standard error; comparison.json has them beside the run. Exit code: 0 done, 1 failed, 2 wrong input, 143 stopped by a signal.`;

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

/** Says once, with the first step, how long this process took to get there. Called when the engine is loaded. */
function timingStart(next: typeof say): typeof say {
  const seconds = (): string => (performance.now() / 1000).toFixed(2);
  const loaded = seconds();
  let recorded = '';
  return (event) => {
    next(event);
    if (event.type === 'started') recorded = seconds();
    if (event.type !== 'iteration' || recorded === '') return;
    warn(`first step done ${seconds()} s after the start of the trainer: TensorFlow loaded after ${loaded} s, steps recorded after ${recorded} s`);
    recorded = '';
  };
}

function warn(line: string | null): void {
  if (line !== null) process.stderr.write(`${line}\n`);
}

function describePhase({ phase, epoch, trainableParameters, frozenParameters, learningRate }: EventOf<'phase'>): string {
  const [trainable, frozen] = [trainableParameters, frozenParameters].map((count) => count.toLocaleString('en-US'));
  return `phase ${phase} from epoch ${epoch}: ${trainable} parameters train, ${frozen} are frozen, learning rate ${learningRate}`;
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

/**
 * A supervised trainer does not outlive its supervisor: the pipe closes when that dies, however it dies.
 * @returns resolves with the first line, when data and weights are there
 */
function hearSupervisor(): Promise<void> {
  const end = (): void => process.exit(exitCodes.failed);
  return new Promise((resolve) => process.stdin.on('end', end).on('error', end).on('data', () => resolve()));
}

async function trainAsOrdered(given: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    const spec = readSpec(given.spec);
    const order = { ...given, spec };
    // In the service, companions are runs of their own.
    const companions = !given.supervised && spec.companions.length > 0;
    const filesThere = given.supervised ? hearSupervisor() : Promise.resolve();
    // TensorFlow is loaded only for an order that makes sense.
    const [{ trainFolder }, { checkCompanionFolders, trainCompanions }] = await Promise.all([import('../train/trainFolder.ts'), import('../train/trainCompanions.ts')]);
    if (companions) checkCompanionFolders(order);
    const stop = stopSignal();
    const heard = given.supervised ? timingStart(say) : say;
    await filesThere;
    const finished = await trainFolder(order, heard, stop);
    say(finished);
    if (finished.failure !== null) process.stderr.write(`${finished.failure.message}\n`);
    if (!companions || finished.status !== 'succeeded') return exitCodes[finished.status];
    const { comparison, status } = await trainCompanions(order, finished, (kind, event) => warn(describeCompanionEvent(kind, event, spec)), stop);
    warn(describeComparison(comparison));
    return exitCodes[status];
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    say({ type: 'finished', step: 0, status: 'failed', epochs: 0, seconds: 0, best: null, bestTest: null, failure: { code: error.code, message: error.message } });
    return exitCodeOf(error);
  }
}

/** `train`: a run from files to files. */
export const train = command(usage, parseOrder, trainAsOrdered);
