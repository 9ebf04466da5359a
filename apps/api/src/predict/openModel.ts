import { readExportedModel, type ExportedModel } from '@thaw/prediction/exportedModel';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

// It reads its environment when it is loaded, and is therefore required; whoever starts this process has set it.
const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;

/** An exported network, ready to be asked. */
export interface Model extends ExportedModel {
  /** @param input float32 [3,S,S], as networkInput makes it @returns logits of the classes */
  logits: (input: Float32Array) => Promise<Float32Array>;
  close: () => Promise<void>;
}

const sessionOptions: Ort.InferenceSession.SessionOptions = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

/** @throws Error where the file is not there, or no export of ours */
export async function openModel(path: string): Promise<Model> {
  const bytes = await readFile(path);
  const { classes, transform } = readExportedModel(bytes);
  const session = await InferenceSession.create(bytes, sessionOptions);
  const { imageSize } = transform;
  return {
    classes,
    transform,
    logits: async (input) => {
      const { logits } = await session.run({ input: new Tensor('float32', input, [1, 3, imageSize, imageSize]) }, ['logits']);
      if (!(logits?.data instanceof Float32Array) || logits.data.length !== classes.length) throw new Error('The model gives no logits for its classes.');
      return logits.data;
    },
    close: () => session.release(),
  };
}
