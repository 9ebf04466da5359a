import * as fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openSafetensors, type SafetensorsFile } from '@thaw/formats/safetensors';
import type { HostTensor } from '../model/layout.ts';
import { parseHistory, progress as progressSchema } from './progress.ts';
import { historyTensor, modelFile, progressKey, slotPrefix, stateFile, type Checkpoint } from './checkpoint.ts';

/** Largest history that is believed, in bytes of NDJSON. */
const historyLimit = 2 ** 30;

/** Reads the checkpoint in a directory. @throws where a file is missing, damaged or not of a checkpoint */
export function readCheckpoint(directory: string): Checkpoint {
  const model = readAll(path.join(directory, modelFile), (file) => floatTensors(file, ''));
  return readAll(path.join(directory, stateFile), (file) => ({
    model,
    slots: new Map(slotNames(file).map((slot) => [slot, floatTensors(file, `${slotPrefix}${slot}.`)])),
    ...recordIn(file),
  }));
}

/** Where the run stood and how it came there, without any of the network's tensors. @throws as readCheckpoint */
export const readRecord = (directory: string): Pick<Checkpoint, 'progress' | 'history'> => readAll(path.join(directory, stateFile), recordIn);

function recordIn(file: SafetensorsFile): Pick<Checkpoint, 'progress' | 'history'> {
  return {
    progress: progressSchema.parse(JSON.parse(file.metadata[progressKey] ?? 'null')),
    history: parseHistory(gunzipSync(file.read(historyTensor) as Uint8Array, { maxOutputLength: historyLimit }).toString()),
  };
}

/** Steps of the checkpoints in a folder, newest first. */
export function checkpointSteps(folder: string): number[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => b - a);
}

function readAll<T>(file: string, read: (file: SafetensorsFile) => T): T {
  const opened = openSafetensors(file);
  try {
    return read(opened);
  } finally {
    opened.close();
  }
}

function slotNames(file: SafetensorsFile): string[] {
  const names = [...file.entries.keys()].filter((name) => name.startsWith(slotPrefix));
  return [...new Set(names.map((name) => name.split('.')[1] as string))];
}

/** All F32 tensors whose names begin with a prefix, by the rest of the name. */
function floatTensors(file: SafetensorsFile, prefix: string): Map<string, HostTensor> {
  const named = [...file.entries].filter(([name, { dtype }]) => dtype === 'F32' && name.startsWith(prefix));
  return new Map(named.map(([name, { shape }]) => [name.slice(prefix.length), { shape, data: file.read(name) as Float32Array }]));
}
