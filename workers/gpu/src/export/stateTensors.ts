import type { SavedModel } from '../checkpoint/readModel.ts';
import { counterOf, stateEntries } from '../model/resnet.ts';

/** A tensor of a state_dict. The counters (num_batches_tracked) are int64 scalars, all others float32. */
export interface ExportTensor {
  name: string;
  shape: readonly number[];
  data: Float32Array | BigInt64Array;
}

/** All tensors of a model in the order of torchvision's state_dict, in PyTorch's layout. */
export function stateTensors({ backbone, classes, state }: SavedModel): ExportTensor[] {
  const get = (name: string): Float32Array => {
    const tensor = state.get(name);
    if (tensor === undefined) throw new Error(`the model lacks ${name}`);
    return tensor.data;
  };
  return stateEntries(backbone, classes.length).flatMap((entry): ExportTensor[] => {
    const tensor = { name: entry.name, shape: entry.shape, data: get(entry.name) };
    if (entry.role !== 'variance') return [tensor];
    const counter = counterOf(entry.name);
    return [tensor, { name: counter, shape: [], data: BigInt64Array.from(get(counter), BigInt) }];
  });
}
