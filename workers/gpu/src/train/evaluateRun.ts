import path from 'node:path';
import type { Evaluation } from '@thaw/contract/evaluation';
import type { RunSpec } from '@thaw/contract/runSpec';
import { sha256OfFile } from '@thaw/formats/fileHash';
import type { Prediction } from '@thaw/formats/predictions';
import { modelFile } from '../checkpoint/checkpoint.ts';
import { readCheckpoint } from '../checkpoint/readCheckpoint.ts';
import type { Parts } from '../data/parts.ts';
import { evaluate } from './evaluate.ts';
import type { Network } from './network.ts';
import { loadModel } from './networkState.ts';
import type { Trainer } from './trainer.ts';

export interface RunEvaluation {
  evaluation: Evaluation;
  /** What each image was taken for; null where there are too many. */
  predictions: readonly Prediction[] | null;
}

/**
 * Evaluates a run that has trained to its end, on its test part: the best checkpoint where the monitor is `val`, which test has
 * not seen before, and otherwise the last one, which was tested when its epoch ended. Leaves that checkpoint in the network.
 *
 * @param checkpoints folder of the run's checkpoints
 */
export async function evaluateRun(spec: RunSpec, classes: readonly string[], trainer: Trainer, network: Network, parts: Parts, checkpoints: string, warn: (message: string) => void): Promise<RunEvaluation> {
  const { progress, history } = trainer;
  const directoryOf = (step: number): string => path.join(checkpoints, String(step));
  const best = parts.val !== null && progress.best !== null && loadBest(network, directoryOf(progress.best.step), warn) ? progress.best : null;
  const { epoch, step } = best ?? { epoch: progress.epoch - 1, step: progress.step };
  const tally = (best === null ? trainer.lastTest : null) ?? evaluate(network, parts.test, spec.data.batchSize);
  const evaluation: Evaluation = {
    format: 'thaw-evaluation-1',
    evaluated: { part: 'test', images: tally.images, epoch, step, checkpoint: await sha256OfFile(path.join(directoryOf(step), modelFile)), monitor: spec.data.monitor },
    ...tally.figures(classes),
    panel: history.flatMap((event) => (event.type === 'panel' ? [{ epoch: event.epoch, images: event.images }] : [])),
  };
  return { evaluation, predictions: tally.predictions };
}

/** False: what was the best cannot be had any more, and the last one must stand in for it. */
function loadBest(network: Network, directory: string, warn: (message: string) => void): boolean {
  try {
    loadModel(network, readCheckpoint(directory).model);
    return true;
  } catch (error) {
    warn(`The best checkpoint cannot be read (${(error as Error).message}); the last one is evaluated instead.`);
    return false;
  }
}
