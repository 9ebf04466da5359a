import { describeError } from '@thaw/worker-agent/describeError';
import { ApiProblem } from './demo/apiClient.ts';
import type { Screen } from './demo/screen.ts';
import { writeSummary } from './demo/summary.ts';
import { runCommand } from './runCommand.ts';
import { UsageError } from './stack/stackError.ts';
import { findAccess } from './upload/findAccess.ts';
import { runUpload } from './upload/runUpload.ts';
import { readUploadArguments, usage, type UploadArguments } from './upload/uploadArguments.ts';

/**
 * `npm run upload`: an archive or folder becomes a data set. Exit 0 when it is ready, 1 when it is not, 2 for wrong input (arguments,
 * files, address or key), 128 + the signal's number when it was stopped before.
 */
async function upload(order: UploadArguments, screen: Screen, signal: AbortSignal): Promise<number> {
  const access = findAccess(order);
  try {
    const dataset = await runUpload(order, access, screen, signal);
    if (order.jsonFile !== null) writeSummary(order.jsonFile, dataset);
    return dataset.status === 'ready' ? 0 : 1;
  } catch (error) {
    throw explain(error, access.url);
  }
}

/** In words: what of the address and the key is wrong. */
function explain(error: unknown, url: string): unknown {
  if (error instanceof TypeError && error.message === 'fetch failed') return new UsageError(`No API answers at ${url} (${describeError(error)}). Start it with "npm start", or name another with --api.`);
  if (!(error instanceof ApiProblem)) return error;
  if (error.status === 401) return new UsageError(`The API at ${url} does not know this key. Check --key.`);
  if (error.status === 403) return new UsageError(`This key may not upload data sets: it needs the scope "datasets".`);
  if (error.status === 422) return new UsageError([error.message, ...error.faults.map(({ path, message }) => `${path}: ${message}`)].join('\n'));
  return error;
}

await runCommand({ usage, read: readUploadArguments, run: upload });
