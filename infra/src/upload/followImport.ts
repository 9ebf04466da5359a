import type { Dataset, IngestProgress } from '@thaw/contract/datasets';
import { describeError } from '@thaw/worker-agent/describeError';
import { pause } from '@thaw/worker-agent/retry';
import { drawBar } from '../demo/liveLine.ts';
import { formatBytes, formatClock, formatCount, formatSpeed } from '../demo/formatNumbers.ts';
import type { Screen } from '../demo/screen.ts';
import { patiently } from './retry.ts';
import { showProgress } from './showProgress.ts';
import type { UploadClient } from './uploadClient.ts';

const pollMilliseconds = 1000;
/** For so long the API may be away. */
const patienceSeconds = 600;

/** Shows an import until it has ended one way or the other. @returns the data set as it then is */
export async function followImport(client: UploadClient, datasetId: string, screen: Screen, signal: AbortSignal): Promise<Dataset> {
  let now: Dataset | null = null;
  const progress = showProgress(screen, (columns) => (now === null ? null : importLine(now, columns)));
  const onTrouble = (error: unknown): void => screen.say(`The API does not answer (${describeError(error)}); trying on. The import goes on meanwhile.`);
  try {
    for (;;) {
      now = await patiently(() => client.getDataset(datasetId), { signal, onTrouble, seconds: patienceSeconds });
      if (['ready', 'failed', 'cancelled'].includes(now.status)) return now;
      await pause(pollMilliseconds, signal);
    }
  } finally {
    progress.stop();
  }
}

/** Where an import stands, in one line. @param columns width of the terminal; null for a plain line */
export function importLine({ status, progress }: Pick<Dataset, 'status' | 'progress'>, columns: number | null): string {
  if (status === 'queued') return 'import: queued, waiting for a worker';
  if (status === 'launching') return 'import: starting a worker';
  if (progress === null) return 'import: the worker begins';
  const { stage, images, filesSeen, quarantined, bytesRead, bytesTotal, imagesPerSecond, secondsLeft } = progress;
  const parts = [
    stage === 'downloading' || images === 0 ? `${formatBytes(bytesRead)} of ${formatBytes(bytesTotal)}` : `${formatCount(images)} images of ${formatCount(filesSeen)} files`,
    quarantined === 0 ? null : `${formatCount(quarantined)} left out`,
    imagesPerSecond === 0 ? null : `${formatSpeed(imagesPerSecond)} images/s`,
    secondsLeft === null ? null : `ETA ${formatClock(secondsLeft)}`,
  ];
  const tail = parts.filter((part) => part !== null).join('  ');
  const fraction = fractionOf(progress);
  if (columns === null || fraction === null) return `import: ${stage}  ${tail}`;
  const width = Math.min(30, columns - 3 - stage.length - tail.length - 3);
  return (width >= 10 ? `${stage} ${drawBar(fraction, width)}  ${tail}` : `${stage} ${tail}`).slice(0, Math.max(20, columns - 3));
}

const fractionOf = ({ bytesRead, bytesTotal }: IngestProgress): number | null => (bytesTotal === 0 ? null : bytesRead / bytesTotal);
