import { archiveKind } from '@thaw/archive/archiveKind';
import { maxUploadBytes } from '@thaw/contract/uploads';
import { archiveSource, folderSource, type PickedFile, type UploadSource } from './uploadSource.ts';

/** Why something cannot be uploaded; words for each are in `datasets.upload.refused`. */
export type Refusal = { why: 'empty' | 'none' | 'tooLarge' | 'nothing' | 'unreadable' } | { why: 'kind'; kind: string };
export type Picked = { source: UploadSource } | { refusal: Refusal };

const sniffedBytes = 512;

/** A single file is taken for an archive, and judged by its first bytes before hours are spent on sending it. */
async function pickArchive(file: File): Promise<Picked> {
  const head = await file.slice(0, sniffedBytes).arrayBuffer().catch(() => null);
  if (head === null) return { refusal: { why: 'unreadable' } };
  const kind = archiveKind(new Uint8Array(head));
  if (kind === 'empty' || kind === 'none') return { refusal: { why: kind } };
  return kind === 'archive' ? bounded(archiveSource(file)) : { refusal: { why: 'kind', kind } };
}

function pickFolder(name: string, files: readonly PickedFile[]): Picked {
  const source = folderSource(name, files);
  return source === null ? { refusal: { why: 'nothing' } } : bounded(source);
}

const bounded = (source: UploadSource): Picked => (source.bytes > maxUploadBytes ? { refusal: { why: 'tooLarge' } } : { source });

/** What was chosen by a file or folder dialog. */
export async function pickFromInput(list: FileList): Promise<Picked> {
  const files = [...list];
  const [only] = files;
  if (only === undefined) return { refusal: { why: 'nothing' } };
  if (files.length === 1 && only.webkitRelativePath === '') return pickArchive(only);
  // `pets/cat/1.png` of the folder `pets`: the folder itself is no class.
  const [root = ''] = only.webkitRelativePath.split('/');
  return pickFolder(root || 'images', files.map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file })));
}

/** What was dropped: an archive, a folder, or several folders together. Must be called while the event is handled. */
export function pickFromDrop(data: DataTransfer): Promise<Picked> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return pickEntries(entries);
}

async function pickEntries(entries: readonly FileSystemEntry[]): Promise<Picked> {
  try {
    const [only] = entries;
    if (only === undefined) return { refusal: { why: 'nothing' } };
    if (entries.length === 1 && isFile(only)) return await pickArchive(await fileOf(only));
    const files: PickedFile[] = [];
    if (entries.length === 1 && isFolder(only)) {
      await collect(await childrenOf(only), '', files);
      return pickFolder(only.name, files);
    }
    await collect(entries, '', files);
    return pickFolder('images', files);
  } catch {
    return { refusal: { why: 'unreadable' } };
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function collect(entries: readonly FileSystemEntry[], path: string, into: PickedFile[]): Promise<void> {
  const found = await Promise.all(entries.filter(isFile).map(async (entry) => ({ path: path + entry.name, file: await fileOf(entry) })));
  // One by one: there may be more than a call takes arguments.
  for (const one of found) into.push(one);
  for (const folder of entries.filter(isFolder)) await collect(await childrenOf(folder), `${path}${folder.name}/`, into);
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** A browser gives the entries of a folder by the hundred, and none at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    for (const one of some) all.push(one);
  }
}
