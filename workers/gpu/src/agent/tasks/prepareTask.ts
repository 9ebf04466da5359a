import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskWork } from '@thaw/contract/tasks';
import type { RemoteFile } from '@thaw/contract/worker';
import type { DownloadOptions } from '@thaw/worker-agent/download';
import type { TaskOrder, UntunedModel } from '../../tasks/taskOrder.ts';
import type { FileCache } from '../cacheRoom.ts';
import { fetchFile } from '../fetchFile.ts';
import type { DataShelf } from './dataShelf.ts';

export interface PrepareTaskOptions {
  /** A folder of this attempt's own, which is not there yet. */
  root: string;
  cache: FileCache;
  shelf: DataShelf;
  download: DownloadOptions;
}

/**
 * Fetches what a task needs, and makes an order of it.
 * @throws DownloadError, the reason of the signal, or the disk's error
 */
export async function prepareTask(work: TaskWork, { root, cache, shelf, download }: PrepareTaskOptions): Promise<TaskOrder> {
  const out = join(root, 'out');
  await mkdir(out, { recursive: true });
  if (work.kind === 'preview') {
    const { spec, manifest, packs, images, draws } = work;
    return { kind: 'preview', spec, data: await shelf.take(manifest, packs, download), out: join(out, 'preview.png'), images, draws };
  }
  const { source, format, with: companions, fileName } = work;
  const folder = join(root, 'model');
  await mkdir(folder);
  const place = async (file: RemoteFile, name: string): Promise<string> => {
    const path = join(folder, name);
    await fetchFile(file, path, cache, download);
    return path;
  };
  let model: string | UntunedModel;
  if (source.kind === 'checkpoint') {
    model = await place(source.model, 'model.safetensors');
    // Beside it, where the exporter looks for what a card tells.
    if (source.state !== null) await place(source.state, 'state.safetensors');
    if (source.evaluation !== null) await place(source.evaluation, 'evaluation.json');
  } else {
    const { spec, manifest, packs, weights } = source;
    const data = packs.length === 0 ? null : await shelf.take(manifest, packs, download);
    model = { spec, manifest, weights: weights && (await place(weights, 'weights')), data, folder };
  }
  return { kind: 'export', model, format, companions, out: join(out, fileName) };
}
