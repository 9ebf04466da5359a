import * as fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { EventOf } from '@thaw/contract/events';
import { writeSafetensors, type TensorToWrite } from '@thaw/formats/writeSafetensors';
import type { HostTensor } from '../model/layout.ts';
import { batchCounters } from '../model/resnet.ts';
import { epochOf } from './progress.ts';
import { descriptionKey, historyTensor, modelFile, progressKey, slotPrefix, stateFile, type Checkpoint, type ModelDescription } from './checkpoint.ts';

/**
 * Writes a checkpoint as `{folder}/{step}/`: both files in a folder under a temporary name, which is then renamed. So a
 * checkpoint is either whole or not there. The model alone loads into torchvision with load_state_dict(strict=True).
 *
 * @returns directory and files of the checkpoint, as the event names them
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint, description: ModelDescription): Pick<EventOf<'checkpoint'>, 'directory' | 'files'> {
  fs.mkdirSync(folder, { recursive: true });
  const directory = path.join(folder, String(checkpoint.progress.step));
  const temporary = fs.mkdtempSync(path.join(folder, '.writing-'));
  try {
    const { progress } = checkpoint;
    const about = { ...description, epoch: epochOf(progress), step: progress.step };
    const model = writeSafetensors(path.join(temporary, modelFile), modelTensors(checkpoint, description), { format: 'pt', [descriptionKey]: JSON.stringify(about) });
    const state = writeSafetensors(path.join(temporary, stateFile), stateTensors(checkpoint), { [progressKey]: JSON.stringify(progress) });
    // The same step again (a stop right after a checkpoint): the newer one stands for the same state.
    fs.rmSync(directory, { recursive: true, force: true });
    fs.renameSync(temporary, directory);
    return { directory, files: [{ name: modelFile, ...model }, { name: stateFile, ...state }] };
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

const float32 = (name: string, { shape, data }: HostTensor): TensorToWrite => ({ name, dtype: 'F32', shape, data });

function modelTensors({ model, progress }: Checkpoint, { backbone }: ModelDescription): TensorToWrite[] {
  const counters = batchCounters(backbone).map((name): TensorToWrite => ({ name, dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(progress.batchesTracked)) }));
  return [...[...model].map(([name, tensor]) => float32(name, tensor)), ...counters];
}

function stateTensors({ slots, history }: Checkpoint): TensorToWrite[] {
  const lines = gzipSync(history.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return [
    ...[...slots].flatMap(([slot, tensors]) => [...tensors].map(([name, tensor]) => float32(`${slotPrefix}${slot}.${name}`, tensor))),
    { name: historyTensor, dtype: 'U8', shape: [lines.length], data: new Uint8Array(lines) },
  ];
}

/** Removes what a crash left half written, and all checkpoints but those of the given steps. */
export function keepCheckpoints(folder: string, steps: ReadonlySet<number>): void {
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
    if (name.startsWith('.writing-') || (/^\d+$/.test(name) && !steps.has(Number(name)))) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}
