import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestSource, IngestTicket } from '@thaw/contract/ingest';
import type { Split } from '@thaw/contract/storageKeys';
import type { ProgressMeter } from '../importing/progress.ts';
import { IngestError } from '../ingestError.ts';
import { fetchResumable, type FetchOptions, type SourceFile } from './fetchResumable.ts';
import type { IngestClient } from './ingestClient.ts';

type OfKind<K extends IngestSource['kind']> = Extract<IngestSource, { kind: K }>;

/** What an import is made of, on this machine. */
export type FetchedSource =
  | { kind: 'upload'; archive: string }
  | { kind: 'edit'; source: OfKind<'edit'>; packs: Map<Split, string>; images: string };

/** Fetches everything into a folder, under names of our own. */
export async function fetchSource(
  { source }: IngestTicket,
  client: IngestClient,
  folder: string,
  progress: ProgressMeter,
  options: Omit<FetchOptions, 'onBytes'>,
): Promise<FetchedSource> {
  const files = filesOf(source);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  await checkRoom(folder, total);
  progress.stage('downloading', total);
  progress.set({ bytesTotal: total });
  let newest = source;
  let before = 0;
  for (const file of files) {
    const remote: SourceFile = {
      ...file,
      address: async (fresh) => {
        if (fresh) newest = await client.refreshSource(options.signal);
        const url = filesOf(newest).find(({ path }) => path === file.path)?.url;
        if (url === undefined) throw new IngestError('upload_damaged', `${file.name} is no longer in the storage.`);
        return url;
      },
    };
    const onBytes = (bytes: number): void => {
      progress.done(before + bytes);
      progress.set({ bytesRead: before + bytes });
    };
    await fetchResumable(remote, join(folder, file.path), { ...options, onBytes });
    before += file.bytes;
  }
  if (source.kind === 'upload') return { kind: 'upload', archive: join(folder, 'archive') };
  return { kind: 'edit', source, packs: new Map(source.packs.map(({ split }) => [split, join(folder, `from-${split}`)])), images: join(folder, 'from-images') };
}

function filesOf(source: IngestSource) {
  if (source.kind === 'upload') return [{ ...source, path: 'archive' }];
  return [...source.packs.map((pack) => ({ ...pack, path: `from-${pack.split}` })), { ...source.images, path: 'from-images' }];
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw new IngestError('disk_full', `The scratch folder has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left and the source has ${Math.ceil(bytes / 2 ** 20)} MB.`);
}
