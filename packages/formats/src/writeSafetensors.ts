import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { dtypeArrays, type TensorArray } from './dtypes.ts';
import { buildHeader, byteLengthOf, orderTensors, type TensorPlan } from './safetensorsLayout.ts';
import { syncFolder } from './syncFolder.ts';

/** A tensor to write. Data that does not fit into memory is given by a function: called when its turn comes, it yields piece after piece. */
export interface TensorToWrite extends TensorPlan {
  data: TensorArray | (() => Iterable<TensorArray>);
}

export interface WrittenFile {
  bytes: number;
  /** SHA-256 of the file, hex. */
  sha256: string;
}

/**
 * Writes a safetensors file: under a temporary name beside `path`, flushed to the disk, renamed. So `path` is either whole or not
 * there. Tensors lie in the order of falling element size (within it: as given), so that each is aligned for readers that map the file.
 */
export function writeSafetensors(path: string, tensors: Iterable<TensorToWrite>, metadata: Readonly<Record<string, string>> = {}): WrittenFile {
  const ordered = orderTensors(tensors);
  const header = buildHeader(ordered, metadata);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const hash = createHash('sha256');
  let bytes = 0;
  const fd = openSync(temporary, 'wx');
  const put = (chunk: Uint8Array): void => {
    hash.update(chunk);
    for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done, Math.min(chunk.length - done, 2 ** 30));
    bytes += chunk.length;
  };
  try {
    try {
      put(header);
      for (const tensor of ordered) putTensor(tensor, put);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
  return { bytes, sha256: hash.digest('hex') };
}

function putTensor({ name, dtype, shape, data }: TensorToWrite, put: (chunk: Uint8Array) => void): void {
  const expected = byteLengthOf(name, dtype, shape);
  let written = 0;
  for (const piece of typeof data === 'function' ? data() : [data]) {
    if (!(piece instanceof dtypeArrays[dtype])) throw new TypeError(`tensor ${name} of dtype ${dtype} is given as ${piece.constructor.name}`);
    written += piece.byteLength;
    if (written > expected) break;
    put(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
  }
  if (written !== expected) throw new RangeError(`tensor ${name} needs ${expected} bytes for its shape [${shape.join(', ')}], but its data has ${written}`);
}
