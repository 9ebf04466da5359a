import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteFile, Ticket } from '@thaw/contract/worker';
import type { DownloadOptions } from '@thaw/worker-agent/download';
import type { FileCache } from './cacheRoom.ts';
import { fetchFile } from './fetchFile.ts';
import type { RunFolder } from './layOutRun.ts';

/**
 * Brings what a trainer reads to its place: packs under their splits' names, weights, and the newest and the best checkpoint where the run
 * has them.
 *
 * @throws DownloadError, the reason of the signal, or the disk's error
 */
export async function fetchRun(ticket: Ticket, folder: RunFolder, cache: FileCache, options: DownloadOptions): Promise<void> {
  const place = (file: RemoteFile, destination: string): Promise<void> => fetchFile(file, destination, cache, options);
  for (const pack of ticket.packs) await place(pack, join(folder.data, `${pack.split}.safetensors`));
  if (ticket.weights !== null && folder.weights !== null) await place(ticket.weights, folder.weights);
  const checkpoints = [ticket.best, ticket.resume].flatMap((checkpoint) => (checkpoint === null || checkpoint === undefined ? [] : [[checkpoint.step, checkpoint.files] as const]));
  for (const [step, files] of new Map(checkpoints)) {
    const checkpoint = join(folder.out, 'checkpoints', String(step));
    await mkdir(checkpoint, { recursive: true });
    for (const file of files) await place(file, join(checkpoint, file.name));
  }
}
