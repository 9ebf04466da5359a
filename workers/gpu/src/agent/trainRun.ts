import type { Ticket } from '@thaw/contract/worker';
import { describeError } from '@thaw/worker-agent/describeError';
import { DownloadError } from '@thaw/worker-agent/download';
import type { Log } from '@thaw/worker-agent/log';
import type { AttemptClient } from './apiClient.ts';
import type { FileCache } from './cacheRoom.ts';
import { startDelivery, type Delivered, type Delivery } from './delivery.ts';
import { fetchRun } from './fetchRun.ts';
import { layOutRun, type RunFolder } from './layOutRun.ts';
import { diskFullAdvice, soundsDiskFull } from '../diskFull.ts';
import { adviseSmaller, availableToProcess } from '../outOfMemory.ts';
import { whenAborted, type RunControl } from './runControl.ts';
import { failedOutcome, outcomeOf, type Outcome } from './trainerOutcome.ts';
import { startTrainer } from './trainerProcess.ts';

export interface TrainerCommand {
  command: readonly [string, ...string[]];
  device: 'cpu' | 'gpu' | 'auto';
  environment: NodeJS.ProcessEnv;
  /** From the request to stop until it is killed. */
  stopGraceMs: number;
  /** It hangs when it says nothing for so long, and is killed; Infinity: never. */
  silenceMs: number;
}

export interface TrainRunOptions {
  ticket: Ticket;
  client: AttemptClient;
  control: RunControl;
  /** A folder of this attempt's own, which is not there yet. */
  root: string;
  cache: FileCache;
  trainer: TrainerCommand;
  log: Log;
}

/**
 * Fetches what a run needs, trains, and delivers what comes out of it.
 *
 * @returns what to finish the attempt with: a failure is a result, too
 * @throws when the attempt is void or the API cannot be told any more
 */
export async function trainRun(options: TrainRunOptions): Promise<Delivered> {
  const { ticket, client, control, root, log } = options;
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  let folder: RunFolder;
  let delivery: Delivery;
  try {
    folder = await layOutRun(ticket, root);
    delivery = await startDelivery({ client, folder, control, log });
  } catch (error) {
    control.trainingEnded();
    return { outcome: unprepared(error, control, seconds()), curves: [], evaluation: null };
  }
  try {
    return await delivery.complete(await train(options, folder, delivery, seconds));
  } finally {
    await delivery.dispose();
  }
}

async function train({ ticket, control, cache, trainer, log }: TrainRunOptions, folder: RunFolder, delivery: Delivery, seconds: () => number): Promise<Outcome> {
  const args = ['train', '--spec', folder.spec, '--data', folder.data, '--out', folder.out, '--device', trainer.device, '--supervised'];
  if (folder.weights !== null) args.push('--weights', folder.weights);
  if (ticket.resume !== null) args.push('--resume');
  const { command, environment, stopGraceMs, silenceMs } = trainer;
  // It loads its engine while the files come.
  const process = startTrainer({ command, args, environment, silenceMs, onEvents: delivery.take, onWords: (line) => log('info', `trainer: ${line}`) });
  whenAborted(control.dropped, process.kill);
  whenAborted(delivery.useless, process.kill);
  const gone = new AbortController();
  const goneToo = (): void => gone.abort(new Error('the trainer has ended'));
  process.ended.then(goneToo, goneToo);
  try {
    await fetchRun(ticket, folder, cache, { signal: AbortSignal.any([control.dropped, control.stopAsked, gone.signal]) });
    log('info', `data and weights are here after ${seconds().toFixed(1)} s`);
    process.begin();
  } catch (error) {
    if (!gone.signal.aborted) {
      process.kill();
      await process.ended.catch(() => undefined);
      return unprepared(error, control, seconds());
    }
  }
  whenAborted(control.stopAsked, () => process.stop(stopGraceMs));
  try {
    const end = await process.ended;
    // What it held is free by now.
    return outcomeOf(end, { stop: control.stopAsked.aborted }, adviseSmaller(ticket.spec, availableToProcess()), seconds());
  } catch (error) {
    return failedOutcome('internal_error', explain('What the trainer said could not be kept', error), seconds());
  }
}

/** What came of a run whose files could not be brought. @throws where its attempt is void */
function unprepared(error: unknown, { dropped, stopAsked }: RunControl, seconds: number): Outcome {
  dropped.throwIfAborted();
  if (stopAsked.aborted) return { status: 'stopped', best: null, bestTest: null, seconds, failure: null };
  return failedOutcome(error instanceof DownloadError ? 'storage_unavailable' : 'internal_error', explain('The run could not be prepared', error), seconds);
}

function explain(what: string, error: unknown): string {
  const words = describeError(error);
  return soundsDiskFull(words) ? `${diskFullAdvice} ${what} (${words}).` : `${what}: ${words}`;
}
