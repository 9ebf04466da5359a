import { closeSync, fstatSync, openSync } from 'node:fs';
import { FormatError } from '@thaw/formats/formatError';
import { materialise, storageBytes } from './materialise.ts';
import { readSafetensorsState } from './readSafetensorsState.ts';
import { beginsTorchLegacy, readTorchLegacy } from './readTorchLegacy.ts';
import { readTorchZip, type TorchFile } from './readTorchZip.ts';
import type { StateDict, StateTensor } from './stateDict.ts';
import { quoted, WeightsError } from './weightsError.ts';
import { readRange, type WeightsFile } from './weightsFile.ts';
import { defaultWeightsLimits, type WeightsLimits } from './weightsLimits.ts';

type Format = 'safetensors' | 'torchZip' | 'torchLegacy';

/**
 * Reads a state dict from a file of safetensors or of torch.save (zip or legacy), told apart by content and not by name.
 * No code of the file is ever run: a pickle that refers to anything but tensors is refused. Tensors come as float32; wrappers
 * (`state_dict`, `model`) and prefixes (`module.`) are taken off.
 * @throws WeightsError with a sentence for a person
 */
export function readWeights(path: string, limits: Partial<WeightsLimits> = {}): StateDict {
  const all = { ...defaultWeightsLimits, ...limits };
  const file = openFile(path);
  try {
    const format = detectFormat(file);
    if (format === 'safetensors') return readSafetensorsState(path, all);
    return load(format === 'torchZip' ? readTorchZip(file, all) : readTorchLegacy(file, all), path, all);
  } catch (error) {
    if (error instanceof FormatError) throw new WeightsError(error.message, { cause: error });
    throw error;
  } finally {
    closeSync(file.fd);
  }
}

function openFile(path: string): WeightsFile {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new WeightsError(`The weights file ${path} cannot be opened (${error instanceof Error ? error.message : String(error)}).`, { cause: error });
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { path, fd, size: stat.size };
  closeSync(fd);
  throw new WeightsError(`${path} is no file; name a .pth or .safetensors file.`);
}

function detectFormat(file: WeightsFile): Format {
  const head = Buffer.from(readRange(file, 0, Math.min(file.size, 32), 'the beginning').buffer);
  if (beginsTorchLegacy(head)) return 'torchLegacy';
  if (head.subarray(0, 2).equals(Buffer.from('PK'))) return 'torchZip';
  if (head[8] === 0x7b && head.readUInt32LE(4) === 0) return 'safetensors';
  const found = file.size === 0 ? 'is empty' : head[0] === 0x80 ? 'is a pickle, but not one of torch.save' : 'is none of the formats of weights that are read';
  throw new WeightsError(`${file.path} ${found}; give a file of torch.save(model.state_dict(), ...) (.pth) or a safetensors file.`);
}

function load({ tensors, readStorage }: TorchFile, path: string, limits: WeightsLimits): StateDict {
  const storages = new Map<string, ArrayBuffer>();
  const state = new Map<string, StateTensor>();
  let elements = 0;
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    elements += tensor.shape.reduce((product, length) => product * length, 1);
    if (elements > limits.elements) throw new WeightsError(`${path} has more than ${limits.elements} elements up to its entry ${quoted(name)}, which is not accepted.`);
    let storage = storages.get(tensor.storage.key);
    if (!storage) {
      bytes += storageBytes(tensor.storage);
      if (bytes > limits.storageBytes) throw new WeightsError(`${path} has more than ${limits.storageBytes} bytes of storages up to its entry ${quoted(name)}, which is not accepted.`);
      storages.set(tensor.storage.key, (storage = readStorage(tensor.storage)));
    }
    state.set(name, materialise(tensor, storage));
  }
  return state;
}
