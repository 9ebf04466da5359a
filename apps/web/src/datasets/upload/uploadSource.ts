import { isLeftBehind } from '@thaw/archive/leftBehind';
import { tarLayout, tarPieces, type TarFile } from '@thaw/archive/tarLayout';

/** What is to be sent: bytes of a known number, any part of which can be made again. Nothing is read before it is sent. */
export interface UploadSource {
  fileName: string;
  bytes: number;
  /** Files of a folder; null for an archive. */
  files: number | null;
  /** Hidden files and such, which stay behind. */
  leftOut: number;
  /** Tells it from others of the same name and size: by sizes and times of change, not by contents. */
  fingerprint: string;
  slice: (from: number, to: number) => Blob;
  /** The files themselves: read once a part does not go, to know whether it is for the file. */
  first: File;
}

export interface PickedFile {
  /** With `/`, from the folder that was chosen. */
  path: string;
  file: File;
}

interface PackedFile extends TarFile {
  file: File;
}

/** Read before a part of that many bytes is sent, never the whole file. */
export const archiveSource = (file: File): UploadSource => ({
  fileName: file.name,
  bytes: file.size,
  files: null,
  leftOut: 0,
  fingerprint: fingerprintOf([{ path: file.name, file }]),
  slice: (from, to) => file.slice(from, to),
  first: file,
});

/**
 * Files of a folder as the tar archive that they would make, the same bytes as the upload command makes of the folder. @param name of
 * the folder. @returns null where nothing is left of them
 */
export function folderSource(name: string, picked: readonly PickedFile[]): UploadSource | null {
  const kept = picked.filter(({ path }) => !path.split('/').some(isLeftBehind)).sort((a, b) => byParts(a.path, b.path));
  const first = kept[0]?.file;
  if (first === undefined) return null;
  const layout = tarLayout(kept.map(({ path, file }): PackedFile => ({ name: path, bytes: file.size, file })));
  return {
    fileName: `${name}.tar`,
    bytes: layout.bytes,
    files: kept.length,
    leftOut: picked.length - kept.length,
    fingerprint: fingerprintOf(kept),
    slice: (from, to) => {
      const pieces: BlobPart[] = [];
      for (const piece of tarPieces(layout, from, to)) {
        if (piece.kind === 'header') pieces.push(piece.bytes);
        else if (piece.kind === 'content') pieces.push(piece.file.file.slice(piece.from, piece.to));
        else pieces.push(new Uint8Array(piece.length));
      }
      return new Blob(pieces);
    },
    first,
  };
}

/** Folder by folder, and in each by name: `/` counts as smaller than any letter. */
function byParts(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.replaceAll('/', '\0'));
  return left === right ? 0 : (left ?? '') < (right ?? '') ? -1 : 1;
}

/** FNV-1a, twice, over names, sizes and times of change. Enough to notice a file that was changed or confused: nobody attacks their own upload. */
function fingerprintOf(files: readonly PickedFile[]): string {
  let [one, two] = [0x811c9dc5, 0x01000193];
  const encoder = new TextEncoder();
  for (const { path, file } of files) {
    for (const byte of encoder.encode(`${path}\0${file.size}\0${file.lastModified}\0`)) {
      one = Math.imul(one ^ byte, 0x01000193);
      two = Math.imul(two ^ byte, 0x85ebca6b);
    }
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
