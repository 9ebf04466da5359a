import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetManifest } from '@thaw/contract/datasets';
import type { TaskWork } from '@thaw/contract/tasks';
import type { DownloadOptions } from '@thaw/worker-agent/download';
import type { FileCache } from '../cacheRoom.ts';
import { fetchFile } from '../fetchFile.ts';

type Packs = Extract<TaskWork, { kind: 'preview' }>['packs'];

/**
 * The data set that was used last, laid out: one preview after the other is mostly of the same, and neither fetches nor hashes it again.
 */
export interface DataShelf {
  /** @returns a folder with manifest and packs, which stays until the next call */
  take(manifest: DatasetManifest, packs: Packs, options: DownloadOptions): Promise<string>;
}

/** @param root a folder of its own */
export function createDataShelf(root: string, cache: FileCache): DataShelf {
  let kept: { name: string; folder: string } | null = null;
  let count = 0;
  return {
    take: async (manifest, packs, options) => {
      const name = JSON.stringify(manifest);
      if (kept?.name === name) return kept.folder;
      if (kept !== null) await rm(kept.folder, { recursive: true, force: true });
      kept = null;
      const folder = join(root, `data-${count++}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'manifest.json'), name);
      for (const pack of packs) await fetchFile(pack, join(folder, `${pack.split}.safetensors`), cache, options);
      kept = { name, folder };
      return folder;
    },
  };
}
