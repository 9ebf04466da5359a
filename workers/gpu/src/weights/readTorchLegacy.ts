import { storageBytes } from './materialise.ts';
import { PickleDict, type PickleValue, type StorageReference } from './pickleValues.ts';
import type { TorchFile } from './readTorchZip.ts';
import { torchWorld } from './torchWorld.ts';
import { unpickle } from './unpickle.ts';
import { unwrapState } from './unwrapState.ts';
import { quoted, WeightsError } from './weightsError.ts';
import { readRange, type WeightsFile } from './weightsFile.ts';
import type { WeightsLimits } from './weightsLimits.ts';

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/** The magic number as it stands in the first pickle, whatever the protocol of that. */
const magicBytes = Buffer.from('6cfc9c46f9206aa85019', 'hex');

/** Whether a file that begins with these bytes is of this format. */
export const beginsTorchLegacy = (beginning: Buffer): boolean => beginning[0] === 0x80 && beginning.subarray(0, 32).includes(magicBytes);

/**
 * Reads a file of torch.save of before torch 1.6 (or with _use_new_zipfile_serialization=False): five pickles (magic number,
 * protocol, system, object, storage keys), then the storages in the order of the keys, each after its number of elements.
 * @throws WeightsError
 */
export function readTorchLegacy(file: WeightsFile, limits: WeightsLimits): TorchFile {
  const head = readRange(file, 0, Math.min(file.size, limits.headerBytes), 'the beginning');
  const storages = new Map<string, StorageReference>();
  let position = 0;
  const next = (name: string): PickleValue => {
    const what = `the ${name} pickle of ${file.path}`;
    const { value, end } = unpickle(head, position, torchWorld(what, storages), limits, what);
    position = end;
    return value;
  };
  if (next('magic number') !== magicNumber) throw new WeightsError(`${file.path} is a pickle, but not one of torch.save.`);
  const protocol = next('protocol');
  if (protocol !== protocolVersion) throw new WeightsError(`${file.path} is of another protocol of torch.save than ${protocolVersion}; save it again with a later torch.`);
  const system = next('system');
  if (!(system instanceof PickleDict) || system.entries.get('little_endian') !== true) throw new WeightsError(`${file.path} is not marked as little-endian; only such files are read.`);
  const tensors = unwrapState(next('object'), file.path);
  const offsets = locateStorages(file, next('key'), storages, () => position);
  return {
    tensors,
    readStorage(storage) {
      const offset = offsets.get(storage.key);
      if (offset === undefined) throw new WeightsError(`${file.path} lacks the storage ${quoted(storage.key)}, which its pickle refers to; it is damaged.`);
      return readRange(file, offset, storageBytes(storage), `the storage ${quoted(storage.key)}`).buffer;
    },
  };
}

/** Byte offset of each storage's elements. */
function locateStorages(file: WeightsFile, keys: PickleValue, storages: ReadonlyMap<string, StorageReference>, start: () => number): Map<string, number> {
  if (!Array.isArray(keys)) throw new WeightsError(`${file.path} has no list of storages; it is damaged.`);
  const offsets = new Map<string, number>();
  let position = start();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || offsets.has(storage.key)) throw new WeightsError(`${file.path} lists a storage twice, or one that its pickle does not refer to; it is damaged.`);
    const what = `the storage ${quoted(storage.key)}`;
    const count = new DataView(readRange(file, position, 8, what).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.count)) throw new WeightsError(`${what} of ${file.path} has ${count} elements where its pickle says ${storage.count}; it is damaged.`);
    offsets.set(storage.key, position + 8);
    position += 8 + storageBytes(storage);
  }
  return offsets;
}
