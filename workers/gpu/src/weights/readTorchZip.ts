import type { StorageReference, TensorReference } from './pickleValues.ts';
import { storageBytes } from './materialise.ts';
import { torchWorld } from './torchWorld.ts';
import { unpickle } from './unpickle.ts';
import { unwrapState } from './unwrapState.ts';
import { quoted, WeightsError } from './weightsError.ts';
import type { WeightsFile } from './weightsFile.ts';
import type { WeightsLimits } from './weightsLimits.ts';
import { readZipDirectory, readZipEntry, type ZipEntry } from './zipDirectory.ts';

/** The tensors of a file of torch.save, and how to get the bytes of a storage. */
export interface TorchFile {
  tensors: Map<string, TensorReference>;
  readStorage(storage: StorageReference): ArrayBuffer;
}

/**
 * Reads a file of torch.save since torch 1.6: a zip of NAME/data.pkl and NAME/data/KEY, a storage each.
 * @throws WeightsError
 */
export function readTorchZip(file: WeightsFile, limits: WeightsLimits): TorchFile {
  const entries = readZipDirectory(file);
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) throw new WeightsError(`${file.path} is a zip file, but not one of torch.save: it has ${pickles.length} entries */data.pkl instead of one.`);
  if (pickle.size > limits.headerBytes)
    throw new WeightsError(`${quoted(pickle.name)} of ${file.path} has ${pickle.size} bytes; more than ${limits.headerBytes} are not accepted.`);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  checkByteOrder(file, entries.get(`${folder}byteorder`));
  const what = `the pickle of ${file.path}`;
  const { value } = unpickle(readZipEntry(file, pickle), 0, torchWorld(what, new Map()), limits, what);
  return {
    tensors: unwrapState(value, file.path),
    readStorage(storage) {
      const name = `${folder}data/${storage.key}`;
      const entry = entries.get(name);
      if (!entry) throw new WeightsError(`${file.path} has no zip entry ${quoted(name)}, which its pickle refers to; it is damaged.`);
      if (entry.size !== storageBytes(storage))
        throw new WeightsError(`the zip entry ${quoted(name)} of ${file.path} has ${entry.size} bytes where its pickle says ${storageBytes(storage)}; it is damaged.`);
      return readZipEntry(file, entry).buffer;
    },
  };
}

/** Files of before torch 2.1 have no such entry and are little-endian, as the machines that wrote them. */
function checkByteOrder(file: WeightsFile, entry: ZipEntry | undefined): void {
  if (!entry) return;
  const order = entry.size <= 16 ? new TextDecoder().decode(readZipEntry(file, entry)) : 'unknown';
  if (order !== 'little') throw new WeightsError(`${file.path} has the byte order ${quoted(order)}; only little-endian files are read.`);
}
