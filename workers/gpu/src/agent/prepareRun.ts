import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteFile, Ticket } from '@thaw/contract/worker';
import type { DownloadOptions } from '@thaw/worker-agent/download';
import type { FileCache } from './cacheRoom.ts';
import { fetchFile } from './fetchFile.ts';

/** Where everything of one attempt lies. */
export interface RunFolder {
  spec: string;
  data: string;
  weights: string | null;
  out: string;
  /** For checkpoints on their way; on the same file system as `out`. */
  staging: string;
  spool: string;
}

/**
 * Lays out what a trainer expects: spec, packs under their splits' names beside the manifest, weights, and the newest
 * and the best checkpoint where the run has them.
 *
 * @throws DownloadError, the reason of the signal, or the disk's error
 */
export async function prepareRun(ticket: Ticket, root: string, cache: FileCache, options: DownloadOptions): Promise<RunFolder> {
  const folder: RunFolder = {
    spec: join(root, 'spec.json'),
    data: join(root, 'data'),
    weights: ticket.weights === null ? null : join(root, 'weights'),
    out: join(root, 'out'),
    staging: join(root, 'staging'),
    spool: join(root, 'events.ndjson'),
  };
  for (const directory of [folder.data, folder.out, folder.staging]) await mkdir(directory, { recursive: true });
  await writeFile(folder.spec, JSON.stringify(ticket.spec, null, 2));
  await writeFile(join(folder.data, 'manifest.json'), JSON.stringify(ticket.manifest, null, 2));

  const place = (file: RemoteFile, destination: string): Promise<void> => fetchFile(file, destination, cache, options);
  for (const pack of ticket.packs) await place(pack, join(folder.data, `${pack.split}.safetensors`));
  if (ticket.weights !== null && folder.weights !== null) await place(ticket.weights, folder.weights);
  const checkpoints = [ticket.best, ticket.resume].flatMap((checkpoint) => (checkpoint === null || checkpoint === undefined ? [] : [[checkpoint.step, checkpoint.files] as const]));
  for (const [step, files] of new Map(checkpoints)) {
    const checkpoint = join(folder.out, 'checkpoints', String(step));
    await mkdir(checkpoint, { recursive: true });
    for (const file of files) await place(file, join(checkpoint, file.name));
  }
  return folder;
}
