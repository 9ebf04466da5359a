import { Quarantined } from './quarantined.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

const heicBrands = /^(hei[cmsx]|hev[cmsx]|mif1|msf1)$/;

/** What people have and sharp's own build cannot take, by first bytes. */
const unsupported: readonly { magic: string; what: string }[] = [
  { magic: '424d', what: 'BMP' },
  { magic: '38425053', what: 'PSD' },
  { magic: '0000000c6a502020', what: 'JPEG 2000' },
  { magic: 'ff4fff51', what: 'JPEG 2000' },
  { magic: 'ff0a', what: 'JPEG XL' },
  { magic: '0000000c4a584c20', what: 'JPEG XL' },
  { magic: '00000100', what: 'ICO' },
  { magic: '762f3101', what: 'OpenEXR' },
  { magic: '53445058', what: 'DPX' },
];

const elsewhere: readonly { magic: string; what: string }[] = [
  { magic: '504b0304', what: 'It is a zip archive.' },
  { magic: '1f8b', what: 'It is a gzip archive.' },
  { magic: '25504446', what: 'It is a PDF.' },
];

/**
 * The format of an image by its content; its name means nothing.
 * @throws Quarantined where it is none that is taken
 */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new Quarantined('empty_file');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096));
  const magic = head.toString('hex', 0, 16);
  if (magic.startsWith('ffd8ff')) return 'jpeg';
  if (magic.startsWith('89504e470d0a1a0a')) return 'png';
  if (/^47494638(37|39)61/.test(magic)) return 'gif';
  if (/^52494646.{8}57454250/.test(magic)) return 'webp';
  if (/^(49492a00|4d4d002a|49492b00|4d4d002b)/.test(magic)) return tiff(head);
  if (head.toString('latin1', 4, 8) === 'ftyp') return ftyp(head);
  const found = unsupported.find((other) => magic.startsWith(other.magic));
  if (found !== undefined) throw new Quarantined('format_unsupported', `It is ${found.what}.`, { format: found.what });
  if (/^P[1-7][\s#]/.test(head.toString('latin1', 0, 3))) throw new Quarantined('format_unsupported', 'It is PNM.', { format: 'PNM' });
  throw notAnImage(head, magic);
}

/** Cameras' raw formats are TIFF files of which nothing but a preview would be taken. */
function tiff(head: Buffer): ImageFormat {
  if (head.toString('latin1', 8, 10) === 'CR') throw new Quarantined('format_unsupported', 'It is a raw photo (CR2).', { format: 'CR2' });
  return 'tiff';
}

/** ISO base media files: AVIF where a brand says so, HEIC where one says that. */
function ftyp(head: Buffer): ImageFormat {
  const end = Math.min(head.readUInt32BE(0), 256, head.length);
  const brands = [head.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  if (brands.some((brand) => heicBrands.test(brand))) throw new Quarantined('heic_unsupported');
  throw new Quarantined('not_an_image', 'It is a video or something like it.');
}

function notAnImage(head: Buffer, magic: string): Quarantined {
  const text = head.toString('latin1').toLowerCase();
  if (/^(\xef\xbb\xbf)?\s*</.test(text)) {
    if (/<svg[\s>/]/.test(text)) return new Quarantined('svg_unsupported');
    if (/<(!doctype )?html[\s>]/.test(text)) return new Quarantined('not_an_image', 'It is a web page.');
  }
  const other = elsewhere.find(({ magic: begin }) => magic.startsWith(begin));
  if (other !== undefined) return new Quarantined('not_an_image', other.what);
  return new Quarantined('not_an_image', /^[\t\n\r -~\x80-\xff]*$/.test(text) && !text.includes('\ufffd') ? 'It is text.' : '');
}
