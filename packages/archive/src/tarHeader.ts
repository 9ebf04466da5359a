const block = 512;
const utf8 = new TextEncoder();

/** Bytes that fill a tar entry up to a whole block. */
export const paddingOf = (bytes: number): number => (block - (bytes % block)) % block;

/** The two empty blocks that end an archive. */
export const tarEndBytes = 2 * block;

/**
 * The header of a tar entry, the same for the same name and size whoever packs it and when: owner, time and mode are left out. A
 * name that the old field cannot hold (over 100 bytes, or not ASCII) goes into a pax record before it. Runs in browsers too.
 * @param name path in the archive, with `/`; of a folder it ends in `/`
 */
export function tarHeader(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  const isPlain = /^[\x20-\x7e]{1,100}$/.test(name);
  const records = [...(isPlain ? [] : [paxRecord('path', name)]), ...(bytes < 8 ** 11 ? [] : [paxRecord('size', String(bytes))])];
  const type = name.endsWith('/') ? '5' : '0';
  const plainName = isPlain ? name : 'see-pax-record';
  const own = ustar(plainName, bytes < 8 ** 11 ? bytes : 0, type);
  if (records.length === 0) return own;
  const pax = joined(records);
  return joined([ustar('pax-record', pax.length, 'x'), pax, new Uint8Array(paddingOf(pax.length)), own]);
}

/** @param name printable ASCII */
function ustar(name: string, bytes: number, type: '0' | '5' | 'x'): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(block);
  const write = (text: string, at: number): void => header.set(utf8.encode(text), at);
  const octal = (value: number, at: number, width: number): void => write(`${value.toString(8).padStart(width - 1, '0')}\0`, at);
  write(name, 0);
  octal(type === '5' ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12);
  write(type, 156);
  write('ustar\x0000', 257);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = utf8.encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return joined([utf8.encode(String(length)), rest]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
