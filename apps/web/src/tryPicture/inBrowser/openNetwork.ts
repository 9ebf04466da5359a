import { readExportedModel, type ExportedModel } from '@thaw/prediction/exportedModel';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

/** A network, ready to be asked. */
export interface Network extends ExportedModel {
  /** @param input float32 [3,S,S], as networkInput makes it @returns logits of the classes */
  logits: (input: Float32Array) => Promise<Float32Array>;
  close: () => Promise<void>;
}

// The runtime comes from where the page comes from. More threads need a page that is isolated from all others.
env.wasm.wasmPaths = { wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.wasm', import.meta.url).href };
env.wasm.numThreads = 1;
env.logLevel = 'error';

/** @throws Error where the file is no export of ours, or the runtime does not start */
export async function openNetwork(file: Uint8Array): Promise<Network> {
  const described = readExportedModel(file);
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'] });
  const { imageSize } = described.transform;
  return {
    ...described,
    logits: async (input) => {
      const { logits } = await session.run({ input: new Tensor('float32', input, [1, 3, imageSize, imageSize]) }, ['logits']);
      if (!(logits?.data instanceof Float32Array) || logits.data.length !== described.classes.length) throw new Error('The model gives no logits for its classes.');
      return logits.data;
    },
    close: () => session.release(),
  };
}
