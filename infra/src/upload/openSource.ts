import { statSync } from 'node:fs';
import { UsageError } from '../stack/stackError.ts';
import { archiveSource } from './archiveSource.ts';
import type { ByteSource } from './byteSource.ts';
import { folderSource } from './folderSource.ts';

/** What is to be uploaded: an archive, or a folder packed on the way. `note` is worth a line. @throws UsageError */
export async function openSource(file: string): Promise<{ source: ByteSource; note: string | null }> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`There is no ${file}.`);
  if (found.isFile()) return { source: await archiveSource(file), note: null };
  if (!found.isDirectory()) throw new UsageError(`${file} is neither a file nor a folder.`);
  const source = await folderSource(file);
  const hidden = source.leftOut === 0 ? '' : `; ${source.leftOut} hidden or special ones are left out`;
  return { source, note: `${source.files} files, packed as a tar on the way${hidden}` };
}
