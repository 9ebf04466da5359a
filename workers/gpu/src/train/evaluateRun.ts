import path from 'node:path';
import type { Evaluation } from '@thaw/contract/evaluation';
import type { RunSpec } from '@thaw/contract/runSpec';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { modelFile } from '../checkpoint/checkpoint.ts';
import { readCheckpoint } from '../checkpoint/readCheckpoint.ts';
import type { Parts } from '../data/parts.ts';
import { evaluate } from './evaluate.ts';
import type { Network } from './network.ts';
import { loadModel } from './networkState.ts';
import type { Trainer } from './trainer.ts';

/**
 * Evaluates a run that has trained to its end, on its test part: the best checkpoint where the monitor is `val`, which test has
 * not seen before, and otherwise the last one, which was tested when its epoch ended. Leaves that checkpoint in the network.
 *
 * @param checkpoints folder of the run's checkpoints
 */
export async function evaluateRun(spec: RunSpec, classes: readonly string[], trainer: Trainer, network: Network, parts: Parts, checkpoints: string): Promise<Evaluation> {
  const { progress, history } = trainer;
  const best = parts.val === null ? null : progress.best;
  const { epoch, step } = best ?? { epoch: progress.epoch - 1, step: progress.step };
  const directory = path.join(checkpoints, String(step));
  if (best !== null) loadModel(network, readCheckpoint(directory).model);
  const tally = (best === null ? trainer.lastTest : null) ?? evaluate(network, parts.test, spec.data.batchSize);
  return {
    format: 'thaw-evaluation-1',
    evaluated: { part: 'test', images: tally.images, epoch, step, checkpoint: await sha256OfFile(path.join(directory, modelFile)), monitor: spec.data.monitor },
    ...tally.figures(classes),
    panel: history.flatMap((event) => (event.type === 'panel' ? [{ epoch: event.epoch, images: event.images }] : [])),
  };
}
