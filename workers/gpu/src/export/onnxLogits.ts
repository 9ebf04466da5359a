import type { Normalization } from '../data/normalization.ts';
import { inputName, outputName } from './onnxModel.ts';
import { InferenceSession, Tensor } from './onnxRuntime.ts';

/**
 * What ONNX Runtime makes of images.
 * @param images uint8 [N,size,size,3]
 * @param batches how many of the images to give at a time, one number after the other
 * @returns logits of all of them, [N,classes]
 */
export async function onnxLogits(file: string, images: Uint8Array, size: number, normalization: Normalization, batches: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { executionProviders: ['cpu'], logSeverityLevel: 3 });
  try {
    const values: number[] = [];
    const imageBytes = size * size * 3;
    for (let [index, first] = [0, 0]; index < batches.length; index++) {
      const count = batches[index] as number;
      const input = toInput(images.subarray(first * imageBytes, (first + count) * imageBytes), size, normalization);
      const output = (await session.run({ [inputName]: new Tensor('float32', input, [count, 3, size, size]) }, [outputName]))[outputName];
      if (!(output?.data instanceof Float32Array) || output.dims[0] !== count) throw new Error(`${file} gives no float32 logits for a batch of ${count}`);
      values.push(...output.data);
      first += count;
    }
    return Float32Array.from(values);
  } finally {
    await session.release();
  }
}

/** The preprocessing: uint8 [N,S,S,3] to float32 [N,3,S,S], normalised. */
function toInput(images: Uint8Array, size: number, { mean, std }: Normalization): Float32Array {
  const input = new Float32Array(images.length);
  const plane = size * size;
  for (let at = 0; at < images.length; at++) {
    const channel = at % 3;
    const pixel = Math.floor(at / 3);
    const image = Math.floor(pixel / plane);
    input[(image * 3 + channel) * plane + (pixel % plane)] = ((images[at] as number) / 255 - (mean[channel] as number)) / (std[channel] as number);
  }
  return input;
}
