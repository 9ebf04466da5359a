import type { IngestOptions } from '@thaw/contract/datasets';
import type { IngestLimits } from '@thaw/contract/ingest';
import type { Archive, RawName } from '../archive/archive.ts';
import { decideEncoding, nameDecoder, quotedName } from '../archive/decodeNames.ts';
import { safePath } from '../archive/safePath.ts';
import { IngestError } from '../ingestError.ts';
import { Quarantined } from '@thaw/pictures/quarantined';
import { fileRole } from './fileRole.ts';
import type { LabelTable } from './labels.ts';

/** So many, and the first of them. */
export interface Noted {
  count: number;
  names: string[];
}

/** What is in an archive, by names. */
export interface ArchiveIndex {
  /** Paths of what may be images, in the archive's order. */
  paths: string[];
  /** For each entry of the archive the index of its path in `paths`; -1: it is none of them. */
  imageOf: Int32Array;
  folders: Set<string>;
  tables: LabelTable[];
  ignored: Noted;
  /** Links and devices. */
  rejected: Noted;
  /** How unmarked names were read; null where nothing had to be decided. */
  encoding: string | null;
}

/** All tables together; what is beyond is none of labels. */
const maxTableBytes = 64 * 2 ** 20;
const maxTables = 20;

/** Who looks on while an archive is read. */
export interface IndexWatcher {
  onEntry(): void;
  /** Whether this file's content is wanted in passing; its name is not decoded yet. */
  wants(name: string): boolean;
  take(content: Uint8Array): Promise<void>;
}

/**
 * The first pass over an archive: every name is read and checked, nothing is decoded.
 * @throws IngestError
 */
export async function indexArchive(archive: Archive, options: IngestOptions, limits: IngestLimits, watcher: IndexWatcher): Promise<ArchiveIndex> {
  const names: RawName[] = [];
  const kinds: ('file' | 'directory' | 'other')[] = [];
  const contents = new Map<number, Uint8Array>();
  let tableBytes = 0;
  for await (const entry of archive.entries()) {
    if (entry.kind === 'file' && /\.(csv|tsv)$/i.test(entry.name.bytes) && tableBytes + entry.bytes <= maxTableBytes && contents.size < maxTables) {
      const content = await entry.read().catch(passOver);
      if (content !== null) contents.set(names.length, content);
      tableBytes += content?.length ?? 0;
    } else if (entry.kind === 'file' && watcher.wants(entry.name.bytes)) {
      const content = await entry.read().catch(passOver);
      if (content !== null) await watcher.take(content);
    }
    names.push(entry.name);
    kinds.push(entry.kind === 'file' || entry.kind === 'directory' ? entry.kind : 'other');
    watcher.onEntry();
  }
  const encoding = decideEncoding(names, options.fileNames);
  const decode = nameDecoder(encoding);
  const index: ArchiveIndex = { paths: [], imageOf: new Int32Array(names.length).fill(-1), folders: new Set(), tables: [], ignored: none(), rejected: none(), encoding };
  names.forEach((name, number) => {
    const path = safePath(decode(name));
    if (path === null) return;
    const kind = kinds[number];
    const folder = kind === 'directory' ? path : path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (folder !== '' && fileRole(`${folder}/x`) !== 'junk') addFolders(index.folders, folder);
    if (kind === 'directory') return;
    const role = fileRole(path);
    if (kind === 'other') return note(index.rejected, path);
    if (role === 'archive')
      throw new IngestError('unknown_layout', `The archive holds another one, ${quotedName(path)}; archives inside archives are not opened. Unpack it, or leave it out, and upload the folder with the images.`);
    if (role === 'junk') return note(index.ignored, path);
    const content = contents.get(number);
    if (role === 'labels') return content === undefined ? note(index.ignored, path) : void index.tables.push({ path, bytes: content });
    if (index.paths.length >= limits.images)
      throw new IngestError('archive_too_large', `The archive has more than ${limits.images} images. Split it into several data sets.`);
    index.imageOf[number] = index.paths.length;
    index.paths.push(path);
  });
  return index;
}

function passOver(error: unknown): null {
  if (error instanceof Quarantined) return null;
  throw error;
}

const none = (): Noted => ({ count: 0, names: [] });

/** Counts, and keeps the first twenty names. */
export function note(noted: Noted, name: string): void {
  noted.count += 1;
  if (noted.names.length < 20) noted.names.push(name.slice(0, 1024));
}

function addFolders(folders: Set<string>, folder: string): void {
  for (let end = folder.length; end > 0 && !folders.has(folder.slice(0, end)); end = folder.lastIndexOf('/', end - 1)) folders.add(folder.slice(0, end));
}
