import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Evaluation } from '@thaw/contract/evaluation';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import { encodePng } from '@thaw/formats/png';
import { firstProgress } from '@thaw/gpu-worker/checkpoint/progress';
import { writeCheckpoint } from '@thaw/gpu-worker/checkpoint/writeCheckpoint';
import { openData } from '@thaw/gpu-worker/data/openData';
import { exportModel } from '@thaw/gpu-worker/export/exportModel';
import { evaluateFolder } from '@thaw/gpu-worker/train/evaluateFolder';
import { formulaState } from '../../../workers/gpu/test/formulaWeights.ts';

export interface Network {
  /** The ONNX file that a task worker would make of it. */
  onnx: Buffer;
  /** What the trainer says of it. */
  evaluation: Evaluation;
}

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** CIFAR-10 binary files with noise of all kinds, 20 test images of each class. */
export function writeNoise(folder: string): string {
  mkdirSync(folder, { recursive: true });
  let state = 1;
  const records = Buffer.alloc(200 * 3073);
  for (let at = 0; at < records.length; at++) {
    const [image, inRecord] = [Math.floor(at / 3073), at % 3073];
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    // Of changing brightness and grain.
    records[at] = inRecord === 0 ? image % 10 : (image * 13 + ((state >> 16) % (1 + ((image * 29) % 200)))) % 256;
  }
  for (const name of ['data_batch_1.bin', 'test_batch.bin']) writeFileSync(path.join(folder, name), records);
  return folder;
}

/** Test images of such a folder as PNG files, by their index. */
export function testPictures(data: string): (index: number) => Buffer {
  const folder = openData(data);
  const pixels = new Uint8Array(folder.test.count * 3072);
  folder.test.readImages(Int32Array.from({ length: folder.test.count }, (_, index) => index), pixels);
  folder.close();
  return (index) => encodePng({ width: 32, height: 32, pixels: pixels.subarray(index * 3072, (index + 1) * 3072) });
}

/** A network whose weights come from a formula, for images stored at 32 pixels, with its export and its evaluation by the trainer. */
export async function makeNetwork(folder: string, data: string, { imageSize, scale }: { imageSize: number; scale: number }): Promise<Network> {
  const resolved = resolveSpec({ preset: 'quick', data: { imageSize } });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  const model = formulaState();
  const head = model.get('fc.weight');
  // Another network of the same kind.
  head?.data.forEach((value, at) => (head.data[at] = value * scale));
  const transform = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201], imageSize, storedSize: { height: 32, width: 32 } };
  const progress = { ...firstProgress(1e-3), epoch: 1, step: 3, batchesTracked: 3 };
  const { directory } = writeCheckpoint(path.join(folder, `${imageSize}-${scale}`), { model, slots: new Map(), progress, history: [] }, { backbone: 'resnet18', classes, transform, spec: resolved.spec });
  const checkpoint = path.join(directory, 'model.safetensors');
  const { file } = await exportModel({ checkpoint, format: 'onnx', out: path.join(directory, 'model.onnx') });
  const evaluation = await evaluateFolder({ checkpoint, data, batchSize: 50, testLimit: null, device: 'cpu' });
  return { onnx: readFileSync(file), evaluation };
}
