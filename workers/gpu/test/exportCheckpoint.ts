import path from 'node:path';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import { modelFile } from '../src/checkpoint/checkpoint.ts';
import { firstProgress, type History } from '../src/checkpoint/progress.ts';
import { writeCheckpoint } from '../src/checkpoint/writeCheckpoint.ts';
import type { HostTensor } from '../src/model/layout.ts';

/** Writes a checkpoint of this network, as a run on images of this size would. @returns its model.safetensors */
export function writeModelCheckpoint(folder: string, model: ReadonlyMap<string, HostTensor>, classes: readonly string[], imageSize = 32, history: History = []): string {
  const resolved = resolveSpec({ preset: 'quick', data: { imageSize } });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  const { spec } = resolved;
  const progress = { ...firstProgress(1e-3), epoch: 4, step: 12, batchesTracked: 12 };
  const normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
  const { directory } = writeCheckpoint(folder, { model, slots: new Map(), progress, history }, { backbone: 'resnet18', classes, transform: { ...normalization, imageSize }, spec });
  return path.join(directory, modelFile);
}
