import type { RunSpec } from '@thaw/contract/runSpec';
import type { HostTensor } from '../model/layout.ts';
import type { Normalization } from '../data/normalization.ts';
import type { History, Progress } from './progress.ts';

/** What makes a checkpoint's model usable on its own: written into the metadata of model.safetensors. */
export interface ModelDescription {
  backbone: RunSpec['model']['backbone'];
  classes: readonly string[];
  /** How pixels become the network's input: resized to imageSize, divided by 255, normalised. */
  transform: Normalization & { imageSize: number };
  spec: RunSpec;
}

/** A run at one moment. Tensors by torchvision's names, in PyTorch's layout. */
export interface Checkpoint {
  model: ReadonlyMap<string, HostTensor>;
  /** Adam's moments, of the groups that have been trained. */
  moments: { first: ReadonlyMap<string, HostTensor>; second: ReadonlyMap<string, HostTensor> };
  progress: Progress;
  history: History;
}

export const modelFile = 'model.safetensors';
export const stateFile = 'state.safetensors';
export const descriptionKey = 'thaw';
export const progressKey = 'thaw.progress';
export const historyTensor = 'history.ndjson.gz';
export const momentPrefixes = { first: 'optimizer.exp_avg.', second: 'optimizer.exp_avg_sq.' } as const;
