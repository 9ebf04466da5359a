import { crc32 } from 'node:zlib';

/** Writes files as torch.save does, by hand: pickles from opcodes, zip and legacy containers from bytes. For tests that need wrong ones. */

const op = (code: string | number, ...parts: (Buffer | Uint8Array)[]): Buffer => Buffer.concat([typeof code === 'string' ? Buffer.from(code, 'latin1') : Buffer.of(code), ...parts]);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
};

export const pickle = {
  none: op('N'),
  text: (value: string) => op('X', u32(Buffer.byteLength(value)), Buffer.from(value)),
  /** Any integer that eight bytes hold. */
  int: (value: number | bigint) => op(0x8a, Buffer.of(8), u64(value)),
  global: (module: string, name: string) => op('c', Buffer.from(`${module}\n${name}\n`)),
  tuple: (...items: Buffer[]) => op('(', ...items, op('t')),
  list: (...items: Buffer[]) => op(']', op('('), ...items, op('e')),
  dict: (entries: Record<string, Buffer>) => op('}', op('('), ...Object.entries(entries).flatMap(([name, value]) => [pickle.text(name), value]), op('u')),
  /** Calls a global with arguments. */
  call: (target: Buffer, ...args: Buffer[]) => Buffer.concat([target, pickle.tuple(...args), op('R')]),
  build: (target: Buffer, state: Buffer) => Buffer.concat([target, state, op('b')]),
  persistent: (...id: Buffer[]) => Buffer.concat([pickle.tuple(...id), op('Q')]),
  raw: (...bytes: number[]) => Buffer.of(...bytes),
  whole: (value: Buffer) => op(0x80, Buffer.of(2), value, op('.')),
};

export const orderedDict = pickle.call(pickle.global('collections', 'OrderedDict'));

/** A tensor's view on a storage, as torch.save describes it. */
export function tensor({
  key = '0',
  type = 'FloatStorage',
  count = 4,
  offset = 0,
  shape = [4],
  strides = [1],
}: {
  key?: string;
  type?: string;
  count?: number | bigint;
  offset?: number | bigint;
  shape?: readonly (number | bigint)[];
  strides?: readonly (number | bigint)[];
} = {}): Buffer {
  const storage = pickle.persistent(pickle.text('storage'), pickle.global('torch', type), pickle.text(key), pickle.text('cpu'), pickle.int(count));
  const natural = (values: readonly (number | bigint)[]) => pickle.tuple(...values.map((value) => pickle.int(value)));
  return pickle.call(
    pickle.global('torch._utils', '_rebuild_tensor_v2'),
    storage,
    pickle.int(offset),
    natural(shape),
    natural(strides),
    op(0x89),
    orderedDict,
  );
}

export const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

export interface ZipMember {
  name: string;
  content: Buffer;
  /** What the directory says, where it lies. */
  method?: number;
  size?: number;
  crc?: number;
  flags?: number;
  zip64?: { size: bigint; offset: bigint };
}

/** A zip file of stored entries. */
export function zip(members: readonly ZipMember[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method = 0, size = content.length, crc = crc32(content), flags = 0, zip64 } of members) {
    const title = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(title.length, 26);
    const body = Buffer.concat([local, title, content]);
    const extra = zip64 ? Buffer.concat([Buffer.of(1, 0, 24, 0), u64(zip64.size), u64(zip64.size), u64(zip64.offset)]) : Buffer.alloc(0);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(flags, 8);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(crc, 16);
    header.writeUInt32LE(zip64 ? 0xffffffff : method === 0 ? size : content.length, 20);
    header.writeUInt32LE(zip64 ? 0xffffffff : size, 24);
    header.writeUInt16LE(title.length, 28);
    header.writeUInt16LE(extra.length, 30);
    header.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
    directory.push(header, title, extra);
    bodies.push(body);
    offset += body.length;
  }
  const bytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(bytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, bytes, end]);
}

/** A file of torch.save with this object and these storages. */
export function torchZip(object: Buffer, storages: Record<string, Buffer> = { 0: floats(1, 2, 3, 4) }, more: readonly ZipMember[] = []): Buffer {
  return zip([
    { name: 'archive/data.pkl', content: pickle.whole(object) },
    ...Object.entries(storages).map(([key, content]) => ({ name: `archive/data/${key}`, content })),
    ...more,
  ]);
}

/** The same in the format of before torch 1.6. Each storage: its elements and their number. */
export function torchLegacy(
  object: Buffer,
  storages: Record<string, { content: Buffer; count: number | bigint }> = { 0: { content: floats(1, 2, 3, 4), count: 4 } },
  { protocol = 1001, littleEndian = true }: { protocol?: number; littleEndian?: boolean } = {},
): Buffer {
  return Buffer.concat([
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
    pickle.whole(pickle.int(protocol)),
    pickle.whole(pickle.dict({ little_endian: pickle.raw(littleEndian ? 0x88 : 0x89) })),
    pickle.whole(object),
    pickle.whole(pickle.list(...Object.keys(storages).map((key) => pickle.text(key)))),
    ...Object.values(storages).flatMap(({ content, count }) => [u64(count), content]),
  ]);
}
