import { dtypeBytes, elementCount, isDtype, type Dtype } from './dtypes.ts';
import { FormatError } from './formatError.ts';

/** Where a tensor lies: `byteOffset` counts from the beginning of the file. */
export interface SafetensorsEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  entries: Map<string, SafetensorsEntry>;
}

/** As torch has it; keeps messages short that show a shape. */
const maxRank = 64;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names come from the file: quoted and cut, so that a message stays a line. */
const quote = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);

/**
 * Parses and checks the JSON header of a safetensors file.
 * @param header the bytes after the 8-byte length
 * @param fileSize bytes of the whole file
 * @param path named in errors
 * @throws FormatError
 */
export function parseSafetensorsHeader(header: Uint8Array, fileSize: number, path: string): SafetensorsHeader {
  const json = parseJson(header, path);
  const dataOffset = 8 + header.length;
  const dataBytes = fileSize - dataOffset;
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = parseMetadata(value, path);
    else entries.set(name, parseEntry(name, value, dataOffset, path));
  }
  checkLayout(entries, dataOffset, dataBytes, path);
  return { metadata, entries };
}

function parseJson(header: Uint8Array, path: string): Record<string, unknown> {
  const refuse = (reason: string): never => {
    throw new FormatError(`${path} is no safetensors file: its header ${reason}.`);
  };
  if (header[0] !== 0x7b) return refuse('does not begin with {');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch {
    return refuse('is not valid JSON');
  }
  return isObject(json) ? json : refuse('is no JSON object');
}

function parseMetadata(value: unknown, path: string): Record<string, string> {
  if (!isObject(value)) throw new FormatError(`__metadata__ of ${path} is no JSON object.`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string') throw new FormatError(`__metadata__ of ${path} has a value that is no string: ${quote(key)}.`);
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, dataOffset: number, path: string): SafetensorsEntry {
  const refuse = (reason: string): never => {
    throw new FormatError(`tensor ${quote(name)} of ${path} ${reason}.`);
  };
  if (!isObject(value)) return refuse('is not described by a JSON object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) return refuse(`has the dtype ${quote(String(dtype))}, which is not read here`);
  const count = Array.isArray(shape) && shape.length <= maxRank ? elementCount(shape) : null;
  if (count === null) return refuse(`has a shape that is no list of at most ${maxRank} natural numbers with a product below 2^53`);
  if (!isOffsetPair(offsets)) return refuse('has data_offsets that are no two natural numbers');
  const [begin, end] = offsets;
  const expected = count * dtypeBytes(dtype);
  if (end - begin !== expected) return refuse(`takes ${end - begin} bytes where its shape and dtype ${dtype} need ${expected}`);
  return { dtype, shape: shape as number[], byteOffset: dataOffset + begin, byteLength: expected };
}

const isOffsetPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((offset) => Number.isSafeInteger(offset) && offset >= 0);

function checkLayout(entries: Map<string, SafetensorsEntry>, dataOffset: number, dataBytes: number, path: string): void {
  let cursor = dataOffset;
  const inOrder = [...entries].sort(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  for (const [name, { byteOffset, byteLength }] of inOrder) {
    if (byteOffset !== cursor)
      throw new FormatError(
        `tensor ${quote(name)} of ${path} begins at data byte ${byteOffset - dataOffset} where the one before it ends at ${cursor - dataOffset}: ` +
          `${byteOffset < cursor ? 'an overlap' : 'a hole'}.`,
      );
    cursor += byteLength;
  }
  if (cursor !== dataOffset + dataBytes)
    throw new FormatError(`${path} has ${dataBytes} bytes of data where its header describes ${cursor - dataOffset}; fetch or write it again.`);
}
