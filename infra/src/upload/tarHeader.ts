const block = 512;

/** Bytes that fill a tar entry up to a whole block. */
export const paddingOf = (bytes: number): number => (block - (bytes % block)) % block;

/** The two empty blocks that end an archive. */
export const tarEndBytes = 2 * block;

/**
 * The header of a tar entry, the same for the same name and size whoever packs it and when: owner, time and mode are left out. A
 * name that the old field cannot hold (over 100 bytes, or not ASCII) goes into a pax record before it.
 * @param name path in the archive, with `/`; of a folder it ends in `/`
 */
export function tarHeader(name: string, bytes: number): Buffer<ArrayBuffer> {
  const isPlain = /^[\x20-\x7e]{1,100}$/.test(name);
  const records = [...(isPlain ? [] : [paxRecord('path', name)]), ...(bytes < 8 ** 11 ? [] : [paxRecord('size', String(bytes))])];
  const type = name.endsWith('/') ? '5' : '0';
  const plainName = isPlain ? name : 'see-pax-record';
  const own = ustar(plainName, bytes < 8 ** 11 ? bytes : 0, type);
  if (records.length === 0) return own;
  const pax = Buffer.concat(records);
  return Buffer.concat([ustar('pax-record', pax.length, 'x'), pax, Buffer.alloc(paddingOf(pax.length)), own]);
}

function ustar(name: string, bytes: number, type: '0' | '5' | 'x'): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => void header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(type === '5' ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12);
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer<ArrayBuffer> {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
