import { archiveKind } from '@thaw/archive/archiveKind';

/** @returns null for what can be an archive; else how a sentence about the file goes on. @param head the first 512 bytes */
export function looksLikeArchive(head: Uint8Array): string | null {
  const kind = archiveKind(head);
  if (kind === 'archive') return null;
  if (kind === 'empty') return 'is empty. Name an archive or a folder with one folder of images for each class.';
  if (kind === 'none') return 'is not an archive. Name a zip, tar, tar.gz or tar.zst file, or a folder with one folder of images for each class.';
  return `is a ${kind} archive, which is not supported. Pack the folder as zip, tar, tar.gz or tar.zst, or name the folder itself.`;
}
