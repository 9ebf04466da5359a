import { crc32 } from 'node:zlib';

export interface ZipMember {
  name: string;
  content: Uint8Array;
}

/** torch.save puts the content of each entry at a multiple of this, so that tensors can be used where they lie in a mapped file. */
const alignment = 64;
const localBytes = 30;
const maxBytes = 2 ** 32 - 1;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1 January 1980, the first day of zip's calendar: the same model gives the same file. */
const date = 0x0021;
/** Extra field of a padding, as torch.save names it. */
const paddingId = latin1Code('FB');

function latin1Code(id: string): number {
  return Buffer.from(id, 'latin1').readUInt16LE();
}

/**
 * The bytes of a zip file of uncompressed entries (APPNOTE 6.3), piece by piece; contents are not copied.
 * @throws RangeError above 4 GiB, where zip64 would be needed
 */
export function* storedZip(members: readonly ZipMember[]): Generator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of members) {
    const title = Buffer.from(name);
    const before = offset + localBytes + title.length + 4;
    const padding = Buffer.alloc(4 + ((alignment - (before % alignment)) % alignment));
    padding.writeUInt16LE(paddingId, 0);
    padding.writeUInt16LE(padding.length - 4, 2);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0); // version needed to extract
    about.writeUInt16LE(flags, 2);
    about.writeUInt16LE(date, 8);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(title.length, 22);
    directory.push(directoryEntry(about, title, offset));
    about.writeUInt16LE(padding.length, 24);
    const header = Buffer.concat([Buffer.of(0x50, 0x4b, 3, 4), about, title, padding]);
    yield header;
    yield content;
    offset += header.length + content.length;
    if (offset > maxBytes) throw new RangeError('the zip file would be larger than 4 GiB');
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.set([0x50, 0x4b, 5, 6]);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  yield entries;
  yield end;
}

/** Repeats what the entry's own header says, without its padding, and where that header is. */
function directoryEntry(about: Buffer, title: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.of(0x50, 0x4b, 1, 2), Buffer.of(20, 0), about, rest, title]);
}
