import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { dtypeArrays, dtypeBytes, elementCount, type Dtype, type TensorArray } from './dtypes.ts';

/** A tensor to write. Data that does not fit into memory is given by a function: called when its turn comes, it yields piece after piece. */
export interface TensorToWrite {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
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
  const ordered = [...tensors].sort((a, b) => dtypeBytes(b.dtype) - dtypeBytes(a.dtype));
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

function buildHeader(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const names = new Set(['__metadata__']);
  const parts = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (names.has(name)) throw new RangeError(`tensor name ${JSON.stringify(name)} is reserved or given twice`);
    names.add(name);
    const end = begin + byteLengthOf(name, dtype, shape);
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return header;
}

function byteLengthOf(name: string, dtype: Dtype, shape: readonly number[]): number {
  const count = elementCount(shape);
  if (count === null) throw new RangeError(`tensor ${name} has the impossible shape [${shape.join(', ')}]`);
  return count * dtypeBytes(dtype);
}

/** Makes the rename itself survive a power cut. Not every file system lets a folder be flushed; then the rename is still atomic. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return;
  }
}
