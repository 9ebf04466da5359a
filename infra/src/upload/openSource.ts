import { statSync } from 'node:fs';
import { maxUploadBytes } from '@thaw/contract/uploads';
import { formatBytes } from '../demo/formatNumbers.ts';
import { UsageError } from '../stack/stackError.ts';
import { archiveSource } from './archiveSource.ts';
import type { ByteSource } from './byteSource.ts';
import { folderSource } from './folderSource.ts';

/** What is to be uploaded: an archive, or a folder packed on the way. `note` is worth a line. @throws UsageError */
export async function openSource(file: string): Promise<{ source: ByteSource; note: string | null }> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`There is no ${file}.`);
  if (found.isFile()) return { source: await bounded(file, await archiveSource(file)), note: null };
  if (!found.isDirectory()) throw new UsageError(`${file} is neither a file nor a folder.`);
  const source = await bounded(file, await folderSource(file));
  const hidden = source.leftOut === 0 ? '' : `; ${source.leftOut} hidden or special ones are left out`;
  return { source, note: `${source.files} files, packed as a tar on the way${hidden}` };
}

async function bounded<T extends ByteSource>(file: string, source: T): Promise<T> {
  if (source.bytes <= maxUploadBytes) return source;
  await source.close();
  throw new UsageError(`${file} has ${formatBytes(source.bytes)}, and an upload may have ${maxUploadBytes / 2 ** 30} GiB. Make the images smaller, or leave some out.`);
}
