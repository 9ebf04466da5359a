import type { Prediction } from '@thaw/contract/predict';
import { ApiError } from '../api/ApiError.ts';
import { readProblem } from '../api/callApi.ts';

interface AskOptions {
  run: string;
  epoch: 'best' | number;
  picture: Blob;
  signal: AbortSignal;
  /** The model is being made; it is asked again after so many seconds. */
  onWait: (seconds: number) => void;
}

/** A model is exported in a minute at most; who has waited longer is told. */
const mostAsked = 20;

/**
 * What the network of a run says about a picture, by the server. While the server says "not yet" (503 with Retry-After) it is asked again.
 * @throws ApiError with the server's sentence
 */
export async function askServer({ run, epoch, picture, signal, onWait }: AskOptions): Promise<Prediction> {
  for (let asked = 1; ; asked++) {
    const answer = await send(`/api/v1/runs/${encodeURIComponent(run)}/predict?epoch=${epoch}`, picture, signal);
    if (answer.ok) return (await answer.json()) as Prediction;
    const seconds = Number(answer.headers.get('retry-after') ?? NaN);
    const later = answer.status === 503 || answer.status === 429;
    if (!later || !Number.isFinite(seconds) || asked === mostAsked) throw await readProblem(answer);
    onWait(seconds);
    await pause(Math.min(30, Math.max(1, seconds)), signal);
  }
}

/** Seconds: the untuned network comes some later than the other. */
const [comparisonPause, comparisonTries] = [3, 10];

/** Asks again for the comparison that was missing. @returns the last answer @throws ApiError */
export async function askServerForComparison(options: Omit<AskOptions, 'onWait'>): Promise<Prediction> {
  for (let asked = 1; ; asked++) {
    await pause(comparisonPause, options.signal);
    const prediction = await askServer({ ...options, onWait: () => undefined });
    if (prediction.untuned !== null || asked === comparisonTries) return prediction;
  }
}

async function send(url: string, picture: Blob, signal: AbortSignal): Promise<Response> {
  const type = picture.type.startsWith('image/') ? picture.type : 'application/octet-stream';
  try {
    return await fetch(url, { method: 'POST', body: picture, headers: { 'content-type': type, accept: 'application/json' }, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new ApiError(0, { detail: error instanceof Error ? error.message : String(error) });
  }
}

/** Seconds. */
const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
