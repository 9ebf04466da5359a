import type { RunSpec } from '@thaw/contract/runSpec';
import type { HostTensor } from '../model/layout.ts';
import type { Normalization } from '../data/normalization.ts';
import type { History, Progress } from './progress.ts';

/** What makes a checkpoint's model usable on its own: written into the metadata of model.safetensors. */
export interface ModelDescription {
  backbone: RunSpec['model']['backbone'];
  classes: readonly string[];
  /**
   * How pixels become the network's input: resized to imageSize, divided by 255, normalised. Before that, pictures were made as
   * small as the data set stores them (storedSize, unknown in older files): one scaled up afterwards has no finer detail than that.
   */
  transform: Normalization & { imageSize: number; storedSize?: { height: number; width: number } | undefined };
  spec: RunSpec;
}

/** A run at one moment. Tensors by torchvision's names, in PyTorch's layout. */
export interface Checkpoint {
  model: ReadonlyMap<string, HostTensor>;
  /** What the optimiser remembers, by slot (torch's names, such as exp_avg) and parameter, of the groups that have been trained. */
  slots: ReadonlyMap<string, ReadonlyMap<string, HostTensor>>;
  progress: Progress;
  history: History;
}

export const modelFile = 'model.safetensors';
export const stateFile = 'state.safetensors';
export const descriptionKey = 'thaw';
export const progressKey = 'thaw.progress';
export const historyTensor = 'history.ndjson.gz';
/** A slot's tensors are named `optimizer.{slot}.{parameter}`. */
export const slotPrefix = 'optimizer.';
