import { ApiError } from '../api/ApiError.ts';
import { readEventStream, type StreamPosition } from './readEventStream.ts';

export type Connection = 'connecting' | 'live' | 'waiting' | 'ended' | 'refused';

interface StayConnectedOptions {
  path: string;
  /** Where it stands; moved along. */
  position: StreamPosition;
  signal: AbortSignal;
  onMessage: (event: string, data: unknown) => void;
  onConnection: (connection: Connection, error: unknown) => void;
}

/** Hidden for so long, a page gives its connection back: a browser has six for all tabs of one server. */
const hiddenMilliseconds = 20_000;

/**
 * Follows an event stream until it ends, the API refuses, or `signal` aborts: over broken connections, sleep and time offline, each time
 * from where it stood. While the page is hidden it rests.
 */
export async function stayConnected({ path, position, signal, onMessage, onConnection }: StayConnectedOptions): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    await untilVisible(signal);
    const hidden = abortWhenHidden();
    onConnection('connecting', null);
    try {
      const stream = readEventStream(path, position, AbortSignal.any([signal, hidden.signal]));
      for (;;) {
        const { done, value } = await stream.next();
        if (done === true) {
          if (value) return onConnection('ended', null);
          break;
        }
        failures = 0;
        onConnection('live', null);
        onMessage(value.event ?? 'message', JSON.parse(value.data));
        if (value.event === 'end') return onConnection('ended', null);
      }
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
      if (refused) return onConnection('refused', error);
    } finally {
      hidden.stop();
    }
    if (hidden.signal.aborted) continue;
    failures++;
    onConnection('waiting', null);
    await pause(Math.min(position.retryMilliseconds * 2 ** Math.min(failures - 1, 5), 15_000), signal);
  }
}

function untilVisible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      if (document.visibilityState !== 'visible' && !signal.aborted) return;
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function abortWhenHidden(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') timer = setTimeout(() => controller.abort(new Error('the page is hidden')), hiddenMilliseconds);
  };
  look();
  document.addEventListener('visibilitychange', look);
  const stop = (): void => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
  return { signal: controller.signal, stop };
}

/** Ends early when the machine is online again. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    }
    window.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
