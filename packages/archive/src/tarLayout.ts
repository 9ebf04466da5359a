import { paddingOf, tarEndBytes, tarHeader } from './tarHeader.ts';

/** A file to be packed. */
export interface TarFile {
  /** Path in the archive, with `/`; of a folder it ends in `/`. */
  name: string;
  bytes: number;
}

export interface TarLayout<File extends TarFile> {
  /** Of the whole archive. */
  bytes: number;
  entries: readonly PlacedEntry<File>[];
}

interface PlacedEntry<File extends TarFile> {
  file: File;
  /** Where its header begins in the archive. */
  start: number;
  headerBytes: number;
}

/** A piece of a tar archive, as it comes one after the other. */
export type TarPiece<File extends TarFile> =
  | { kind: 'header'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'content'; file: File; from: number; to: number }
  | { kind: 'padding'; length: number };

/** Where each file comes to lie in a tar archive of them, in their order. */
export function tarLayout<File extends TarFile>(files: readonly File[]): TarLayout<File> {
  let end = 0;
  const entries = files.map((file): PlacedEntry<File> => {
    const start = end;
    const headerBytes = tarHeader(file.name, file.bytes).length;
    end += headerBytes + file.bytes + paddingOf(file.bytes);
    return { file, start, headerBytes };
  });
  return { bytes: end + tarEndBytes, entries };
}

/**
 * What bytes `from` to `to` of the archive are made of: no copy of the archive is ever needed, and any part can be made anew. Beyond
 * the last entry it is all zeros.
 */
export function* tarPieces<File extends TarFile>({ entries }: TarLayout<File>, from: number, to: number): Generator<TarPiece<File>> {
  let at = from;
  for (let index = lastBefore(entries, from); index < entries.length; index++) {
    const entry = entries[index];
    if (entry === undefined || entry.start >= to) break;
    const { file, start, headerBytes } = entry;
    const content = start + headerBytes;
    if (at < content) {
      const end = Math.min(to, content);
      yield { kind: 'header', bytes: tarHeader(file.name, file.bytes).slice(at - start, end - start) };
      at = end;
    }
    const contentEnd = Math.min(to, content + file.bytes);
    if (at < contentEnd) {
      yield { kind: 'content', file, from: at - content, to: contentEnd - content };
      at = contentEnd;
    }
    const next = Math.min(to, content + file.bytes + paddingOf(file.bytes));
    if (at < next) {
      yield { kind: 'padding', length: next - at };
      at = next;
    }
  }
  if (at < to) yield { kind: 'padding', length: to - at };
}

/** Index of the last entry that begins at or before an offset. */
function lastBefore(entries: readonly { start: number }[], offset: number): number {
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((entries[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
