import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { SavedModel } from '../checkpoint/readModel.ts';
import type { HostTensor } from '../model/layout.ts';
import { evaluateStepName, Network } from '../train/network.ts';
import { loadModel } from '../train/networkState.ts';

/** The trainer's own compiled network, with which exported files are compared. */
export interface ReferenceNetwork {
  /**
   * @param state parameters and running statistics in PyTorch's layout
   * @param images uint8 [batch,S,S,3], S being the model's image size
   * @returns logits [batch,classes]
   */
  logits(state: ReadonlyMap<string, HostTensor>, images: Uint8Array): Float32Array;
  close(): void;
}

export function referenceNetwork({ backbone, classes, transform }: SavedModel, batchSize: number): ReferenceNetwork {
  const { imageSize } = transform;
  // No training batch sizes: only the evaluating step is compiled, whatever the run's recipe was.
  const resolved = resolveSpec({ model: { backbone, weights: 'none' }, data: { imageSize, batchSize } });
  if (!resolved.ok) throw new Error(`no network can be made for the description of the model: ${JSON.stringify(resolved.faults)}`);
  const network = new Network({ spec: resolved.spec, classes: classes.length, storedSize: { height: imageSize, width: imageSize }, normalization: transform, batchSizes: [] });
  return {
    logits(state, images) {
      loadModel(network, state);
      return network.program.run(evaluateStepName, { images })['logits'] as Float32Array;
    },
    close: () => network.program.close(),
  };
}
