import { rmSync } from 'node:fs';
import path from 'node:path';
import { modelFile, stateFile } from '../checkpoint/checkpoint.ts';
import { firstProgress } from '../checkpoint/progress.ts';
import { writeCheckpoint } from '../checkpoint/writeCheckpoint.ts';
import { resolveNormalization, type Normalization } from '../data/normalization.ts';
import { openData } from '../data/openData.ts';
import { chooseParts } from '../data/parts.ts';
import { createInitialState } from '../train/initialState.ts';
import type { UntunedModel } from './taskOrder.ts';

/**
 * Writes the network that a run starts from, and evaluates as its epoch 0, as the model.safetensors of a checkpoint: the weights, and
 * the head that the run's seed gives.
 * @returns the file
 * @throws TrainingError `invalid_weights`, `invalid_data`
 */
export function writeUntunedModel({ spec, manifest: { classes, height, width }, weights, data, folder }: UntunedModel): string {
  const initial = createInitialState(spec, classes.length, weights ?? undefined);
  const progress = { ...firstProgress(spec.optimizer.learningRate), batchesTracked: initial.batchesTracked };
  const transform = { ...normalizationOf(spec, data), imageSize: spec.data.imageSize, storedSize: { height, width } };
  const description = { backbone: spec.model.backbone, classes, transform, spec };
  const { directory } = writeCheckpoint(folder, { model: initial.model, slots: new Map(), progress, history: [] }, description);
  // Nothing has been trained: there is no state to go on from, and no curve.
  rmSync(path.join(directory, stateFile));
  return path.join(directory, modelFile);
}

function normalizationOf(spec: UntunedModel['spec'], folder: string | null): Normalization {
  if (folder === null) return resolveNormalization(spec, null);
  const data = openData(folder);
  try {
    return resolveNormalization(spec, chooseParts(data, spec).train);
  } finally {
    data.close();
  }
}
