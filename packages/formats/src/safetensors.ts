import { closeSync, fstatSync, openSync } from 'node:fs';
import { dtypeArrays, type TensorArray } from './dtypes.ts';
import { FormatError } from './formatError.ts';
import { readExactly } from './readExactly.ts';
import { parseSafetensorsHeader, type SafetensorsEntry } from './safetensorsHeader.ts';

/** What a file may ask for before its content is believed. */
export interface SafetensorsLimits {
  /** Bytes of the JSON header. The format's own limit is 100 MB; a ResNet18 needs 12 kB. */
  headerBytes: number;
  /** Bytes of one tensor that `read` brings into memory; `readBytes` is not bound by it. */
  tensorBytes: number;
}

const defaultLimits: SafetensorsLimits = { headerBytes: 16 * 2 ** 20, tensorBytes: 2 * 2 ** 30 };

/** An open safetensors file. Only the header is in memory; tensors are read by pread when asked for. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** A whole tensor in a new array of its dtype (F16 and BF16: the raw bits in a Uint16Array; BOOL: bytes). */
  read(name: string): TensorArray;
  /** Bytes `start`..`start + length` of a tensor's data, put at the beginning of `into`. */
  readBytes(name: string, start: number, length: number, into: Uint8Array): void;
  close(): void;
}

/**
 * Opens a file in the safetensors format (https://github.com/huggingface/safetensors#format) and checks its header against
 * its size: every tensor's bytes agree with its dtype and shape, lie inside, and follow each other without overlap or hole.
 * @throws FormatError
 */
export function openSafetensors(path: string, limits: Partial<SafetensorsLimits> = {}): SafetensorsFile {
  const { headerBytes, tensorBytes } = { ...defaultLimits, ...limits };
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    if (size < 8) throw new FormatError(`${path} has ${size} bytes; a safetensors file begins with the 8-byte length of its header.`);
    const prefix = new Uint8Array(8);
    readExactly(fd, prefix, 0, path);
    const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
    if (length > size - 8)
      throw new FormatError(`${path} declares a header of ${length} bytes but has only ${size - 8} after its length; it is cut short or no safetensors file.`);
    if (length > headerBytes) throw new FormatError(`${path} declares a header of ${length} bytes; more than ${headerBytes} are not accepted.`);
    const header = new Uint8Array(length);
    readExactly(fd, header, 8, path);
    const { metadata, entries } = parseSafetensorsHeader(header, size, path);

    const entryOf = (name: string): SafetensorsEntry => {
      const entry = entries.get(name);
      if (!entry) throw new FormatError(`${path} has no tensor ${JSON.stringify(name)}.`);
      return entry;
    };
    const readBytes = (name: string, start: number, count: number, into: Uint8Array): void => {
      const { byteOffset, byteLength } = entryOf(name);
      if (!(start >= 0 && count >= 0 && start + count <= byteLength))
        throw new RangeError(`bytes ${start} to ${start + count} are outside tensor ${JSON.stringify(name)} of ${byteLength} bytes`);
      if (count > into.length) throw new RangeError(`${count} bytes do not fit into a buffer of ${into.length}`);
      readExactly(fd, into.subarray(0, count), byteOffset + start, path);
    };
    return {
      metadata,
      entries,
      read(name) {
        const { dtype, byteLength } = entryOf(name);
        if (byteLength > tensorBytes)
          throw new FormatError(`tensor ${JSON.stringify(name)} of ${path} has ${byteLength} bytes; more than ${tensorBytes} are not read at once.`);
        const buffer = new ArrayBuffer(byteLength);
        readBytes(name, 0, byteLength, new Uint8Array(buffer));
        return new dtypeArrays[dtype](buffer);
      },
      readBytes,
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
