import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes the rename itself survive a power cut. Not every file system lets a folder be flushed; then the rename is still atomic. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return;
  }
}
