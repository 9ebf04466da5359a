import type { IngestOptions } from '@thaw/contract/datasets';
import type { RawName } from './archive.ts';

type Encoding = Exclude<IngestOptions['fileNames'], 'auto'>;

/** Code page 437, 0x80 to 0xff: what the zip format means where it says nothing. */
const cp437High =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const isAscii = (name: string): boolean => /^[\0-\x7f]*$/.test(name);

/**
 * How the names of an archive that are not marked as UTF-8 are to be read: decided once for all of them, since each alone fits
 * several encodings. UTF-8 where all are, else GBK where all are, else code page 437.
 * @returns null where every name is marked or plain ASCII: there is nothing to decide
 */
export function decideEncoding(names: Iterable<RawName>, wish: IngestOptions['fileNames']): Encoding | null {
  let open = false;
  let utf8 = true;
  let gbk = true;
  const asUtf8 = new TextDecoder('utf-8', { fatal: true });
  const asGbk = new TextDecoder('gb18030', { fatal: true });
  for (const name of names) {
    if (name.utf8 || isAscii(name.bytes)) continue;
    open = true;
    const bytes = Buffer.from(name.bytes, 'latin1');
    utf8 &&= fits(asUtf8, bytes);
    gbk &&= fits(asGbk, bytes);
    if (!utf8 && !gbk) break;
  }
  if (!open) return null;
  if (wish !== 'auto') return wish;
  return utf8 ? 'utf-8' : gbk ? 'gb18030' : 'cp437';
}

function fits(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** A function from raw names to text. What does not fit its encoding becomes U+FFFD. */
export function nameDecoder(encoding: Encoding | null): (name: RawName) => string {
  const utf8 = new TextDecoder('utf-8');
  const other = encoding === 'gb18030' ? new TextDecoder('gb18030') : utf8;
  return ({ bytes, utf8: marked }) => {
    if (isAscii(bytes)) return bytes;
    if (!marked && encoding === 'cp437') return bytes.replace(/[\x80-\xff]/g, (high) => cp437High[high.charCodeAt(0) - 0x80] ?? '\ufffd');
    return (marked ? utf8 : other).decode(Buffer.from(bytes, 'latin1'));
  };
}

/** A name for a message: one line, not too long. */
export const quotedName = (name: string): string => JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
