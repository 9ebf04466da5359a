import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ticket } from '@thaw/contract/worker';

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
 * Makes the folder of an attempt, with all that the ticket itself says: spec and manifest. Packs, weights and checkpoints have their places.
 * @throws the disk's error
 */
export async function layOutRun(ticket: Ticket, root: string): Promise<RunFolder> {
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
  return folder;
}
