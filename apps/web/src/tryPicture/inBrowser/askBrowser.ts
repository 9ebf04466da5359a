import type { Prediction } from '@thaw/contract/predict';
import { ApiError } from '../../api/ApiError.ts';
import { finishedExport } from '../../run/finishedExport.ts';
import type { NetworkFile } from './messages.ts';
import type { NetworkWorker } from './startNetworkWorker.ts';

export interface Download {
  /** Bytes. */
  loaded: number;
  total: number;
}

interface AskBrowserOptions {
  run: string;
  epoch: 'best' | number;
  picture: Blob;
  worker: NetworkWorker;
  signal: AbortSignal;
  /** A network is being exported. */
  onWait: () => void;
  onDownload: (download: Download) => void;
  /** Comes again once there is the comparison, too. */
  onPrediction: (prediction: Prediction) => void;
}

/**
 * What the network of a run says about a picture, and what it said before any training, by this browser: the picture goes nowhere. The
 * comparison is an extra: what keeps it away keeps nothing else away.
 * @throws ApiError, BrowserProblem
 */
export async function askBrowser({ run, epoch, picture, worker, signal, onWait, onDownload, onPrediction }: AskBrowserOptions): Promise<void> {
  const downloads = new Map<string, Download>();
  const ask = (network: NetworkFile) =>
    worker.ask(picture, network, (loaded) => {
      downloads.set(network.sha256, { loaded, total: network.bytes });
      const all = [...downloads.values()];
      onDownload({ loaded: all.reduce((sum, one) => sum + one.loaded, 0), total: all.reduce((sum, one) => sum + one.total, 0) });
    });
  // Both are begun before either is waited for.
  const before = networkFile(run, 0, signal).then(({ file }) => ask(file));
  before.catch(() => undefined);
  const { file, epoch: reached } = await networkFile(run, epoch, signal, onWait);
  const after = await ask(file);
  const prediction: Prediction = { run, epoch: reached, untuned: null, ...after };
  onPrediction(prediction);
  const untuned = await before.catch(() => null);
  if (untuned !== null) onPrediction({ ...prediction, untuned: { epoch: 0, predictions: untuned.predictions }, milliseconds: after.milliseconds + untuned.milliseconds });
}

async function networkFile(run: string, epoch: 'best' | number, signal: AbortSignal, onWait?: () => void): Promise<{ file: NetworkFile; epoch: number }> {
  const made = await finishedExport({ run, epoch, format: 'onnx', signal, ...(onWait && { onWait }) });
  const file = made.files.find(({ name }) => name === 'model.onnx');
  if (file === undefined) throw new ApiError(409, { type: 'urn:thaw:problem:conflict', ...(made.failure && { detail: made.failure.message }) });
  return { file: { url: new URL(`/api${file.download}`, window.location.href).href, bytes: file.bytes, sha256: file.sha256 }, epoch: made.epoch };
}
