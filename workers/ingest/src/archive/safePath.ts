import { IngestError } from '../ingestError.ts';
import { quotedName } from './decodeNames.ts';

/**
 * A name of an archive as a path: segments joined by `/`, in NFC, without control characters. Windows' backslashes separate, too.
 * Nothing is ever opened or written by it; still a name that leads out of the archive was made to harm someone.
 * @returns null for the archive's own root (`./`)
 * @throws IngestError `unsafe_archive`, naming the entry
 */
export function safePath(name: string): string | null {
  const text = name.replaceAll('\\', '/');
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (text.startsWith('/') || /^[a-z]:/i.test(text) || segments.includes('..') || text.includes('\0'))
    throw new IngestError('unsafe_archive', `The entry ${quotedName(name)} has a name that leads out of the archive. Pack the folder itself and upload it once more.`);
  if (segments.length === 0) return null;
  // Control characters have no place in what is shown and logged; U+2028 and the like are kept.
  return segments.join('/').replace(/\p{Cc}/gu, '\ufffd').normalize('NFC');
}
