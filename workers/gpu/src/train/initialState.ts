import { backbones, type Backbone } from '@thaw/contract/backbones';
import type { RunSpec } from '@thaw/contract/runSpec';
import { purposes, Rng } from '../data/random.ts';
import { initialState as randomState } from '../model/initialise.ts';
import { backboneOf } from '../model/blockTables.ts';
import type { HostTensor } from '../model/layout.ts';
import { stateEntries, stateShapes } from '../model/resnet.ts';
import { TrainingError } from '../trainingError.ts';
import { fitStateDict } from '../weights/fitStateDict.ts';
import { readWeights } from '../weights/readWeights.ts';
import { WeightsError } from '../weights/weightsError.ts';

export interface InitialState {
  model: ReadonlyMap<string, HostTensor>;
  /** num_batches_tracked to count on from. */
  batchesTracked: number;
  /** False where the file's head was for another number of classes (or there is no file) and a random one took its place. */
  headKept: boolean;
}

/**
 * The state that a run starts from: the weights file where the spec asks for weights, random values otherwise and for a head
 * of another number of classes.
 *
 * @throws TrainingError `invalid_weights`
 */
export function createInitialState(spec: RunSpec, classes: number, weightsFile: string | undefined): InitialState {
  const { backbone, weights } = spec.model;
  const entries = stateEntries(backbone, classes);
  const random = (needed: (name: string) => boolean) => randomState(entries, new Rng(spec.seed, purposes.initialise), needed);
  if (weights === 'none') {
    if (weightsFile !== undefined) throw new TrainingError('invalid_spec', 'the spec has model.weights "none", but a weights file is given: leave out one of them');
    return { model: random(() => true), batchesTracked: 0, headKept: false };
  }
  if (weightsFile === undefined)
    throw new TrainingError('invalid_weights', `the spec asks for pretrained weights: name the file with --weights (a .pth or .safetensors of a ${backbones[backbone].title}), or set model.weights to "none"`);
  const { state, headKept } = readFitting(weightsFile, backbone, classes);
  const made = random((name) => !state.has(name));
  const tracked = state.get('bn1.num_batches_tracked')?.data[0] ?? 0;
  return { model: new Map(entries.map(({ name }) => [name, (state.get(name) ?? made.get(name)) as HostTensor])), batchesTracked: tracked, headKept };
}

function readFitting(file: string, backbone: Backbone, classes: number) {
  try {
    const state = readWeights(file);
    requireBackbone(file, state.keys(), backbone);
    return fitStateDict(state, stateShapes(backbone, classes), classes);
  } catch (error) {
    if (error instanceof WeightsError) throw new TrainingError('invalid_weights', error.message, { cause: error });
    throw error;
  }
}

/** Weights of another depth, told in its name rather than in those of entries. */
function requireBackbone(file: string, names: Iterable<string>, wanted: Backbone): void {
  const found = backboneOf(names);
  if (found === null || found === wanted) return;
  throw new WeightsError(
    `${file} holds the weights of a ${backbones[found].title}, and the spec has model.backbone "${wanted}": name a file for ${backbones[wanted].title}, or set model.backbone to "${found}"`,
  );
}
