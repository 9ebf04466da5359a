import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isLeftBehind } from '@thaw/archive/leftBehind';
import { UsageError } from '../stack/stackError.ts';

export interface ListedFile {
  /** Path below the folder, with `/`; ends in `/` for a folder without files. */
  name: string;
  bytes: number;
  mtimeMs: number;
}

export interface FolderListing {
  /** In an order that depends on the names alone. */
  files: ListedFile[];
  /** Hidden files and what is neither file nor folder. */
  leftOut: number;
}

const atOnce = 64;

/** Every file below a folder, links followed. @throws UsageError for names that are no UTF-8, links in a circle, and what cannot be read */
export async function listFolder(folder: string): Promise<FolderListing> {
  const files: ListedFile[] = [];
  let leftOut = 0;

  async function visit(at: string, name: string, above: readonly string[]): Promise<void> {
    const real = await realpath(at);
    if (above.includes(real)) throw new UsageError(`${at} links back to a folder that it is in. Remove that link.`);
    const names = (await readdir(at, { encoding: 'buffer' })).map((raw) => decodeName(raw, at));
    const shown = names.filter((one) => !isLeftBehind(one)).sort();
    leftOut += names.length - shown.length;
    if (shown.length === 0 && name !== '') files.push({ name, bytes: 0, mtimeMs: 0 });
    for (let from = 0; from < shown.length; from += atOnce) {
      const some = shown.slice(from, from + atOnce);
      const found = await Promise.all(some.map((one) => stat(path.join(at, one)).catch(() => null)));
      for (const [index, one] of some.entries()) {
        const [info, inside] = [found[index], path.join(at, one)];
        if (info?.isDirectory()) await visit(inside, `${name}${one}/`, [...above, real]);
        else if (info?.isFile()) files.push({ name: `${name}${one}`, bytes: info.size, mtimeMs: info.mtimeMs });
        else leftOut += 1;
      }
    }
  }

  try {
    await visit(folder, '', []);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${folder} cannot be read whole: ${(error as Error).message}.`);
  }
  return { files, leftOut };
}

function decodeName(raw: Buffer, folder: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw new UsageError(`The name of ${folder}/${raw.toString('latin1')} is not UTF-8. Rename it, or pack the folder as a zip on the machine that it comes from.`);
  }
}
