import { completeSpec } from '@thaw/contract/completeSpec';
import { model as modelSpec, normalization, runSpec, type RunSpec } from '@thaw/contract/runSpec';
import { FormatError } from '@thaw/formats/formatError';
import { openSafetensors } from '@thaw/formats/safetensors';
import { z } from 'zod';
import type { HostTensor } from '../model/layout.ts';
import { stateShapes } from '../model/resnet.ts';
import { TrainingError } from '../trainingError.ts';
import { fitStateDict } from '../weights/fitStateDict.ts';
import { readWeights } from '../weights/readWeights.ts';
import { WeightsError } from '../weights/weightsError.ts';
import { descriptionKey, type ModelDescription } from './checkpoint.ts';

const metadata = z.object({
  backbone: modelSpec.shape.backbone,
  classes: z.array(z.string().max(1000)).min(1).max(1000),
  transform: normalization.options[0].extend({
    imageSize: z.number().int().min(32).max(256),
    storedSize: z.object({ height: z.number().int().positive().max(4096), width: z.number().int().positive().max(4096) }).optional(),
  }),
  spec: z.unknown(),
  epoch: z.number().int().nonnegative(),
  step: z.number().int().nonnegative(),
});

/** A checkpoint's model.safetensors: the network, what it is for, and where the run stood. */
export interface SavedModel extends ModelDescription {
  /** All parameters and running statistics, num_batches_tracked too, in PyTorch's layout. */
  state: ReadonlyMap<string, HostTensor>;
  epoch: number;
  step: number;
}

/**
 * Reads a checkpoint's model.safetensors alone, without the optimiser's file beside it.
 *
 * @throws TrainingError `invalid_weights` where it is damaged, no file of a run, or not the network that it says
 */
export function readModel(file: string): SavedModel {
  try {
    const described = readDescription(file);
    const { backbone, classes } = described;
    const { state, headKept } = fitStateDict(readWeights(file), stateShapes(backbone, classes.length), classes.length);
    if (!headKept) throw new WeightsError(`The head of ${file} is not for the ${classes.length} classes that the file names.`);
    return { ...described, state };
  } catch (error) {
    if (error instanceof WeightsError || error instanceof FormatError) throw new TrainingError('invalid_weights', error.message, { cause: error });
    throw error;
  }
}

/** What a model.safetensors says of itself, without its tensors. @throws WeightsError, FormatError */
export function readDescription(file: string): Omit<SavedModel, 'state'> {
  const text = readMetadata(file)[descriptionKey];
  if (text === undefined) throw new WeightsError(`${file} does not say its classes and transform: name the model.safetensors of a checkpoint that a run has written.`);
  try {
    const parsed = metadata.parse(JSON.parse(text));
    // A field that came later than the file was off when it was written.
    return { ...parsed, spec: runSpec.parse(completeSpec(parsed.spec as RunSpec)) };
  } catch (error) {
    throw new WeightsError(`${file} has no readable description of its classes, transform and spec (metadata "${descriptionKey}"); it is damaged or of another program.`, { cause: error });
  }
}

function readMetadata(file: string): Readonly<Record<string, string>> {
  let opened;
  try {
    opened = openSafetensors(file);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new WeightsError(`The checkpoint ${file} cannot be opened (${(error as Error).message}).`, { cause: error });
  }
  opened.close();
  return opened.metadata;
}
