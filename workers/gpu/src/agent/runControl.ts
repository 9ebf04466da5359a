import { createDeadline } from './deadline.ts';

/** Calls `act` when the signal aborts, or now where it has. */
export function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

export interface RunTiming {
  /** How long the end of a run waits for the storage. */
  storagePatienceMs: number;
  /** The same for a run that was cancelled. */
  cancelPatienceMs: number;
  /** The same when this worker is told to go; what is not told after twice so long is never told. */
  shutdownPatienceMs: number;
}

/** @param stopSeconds from SIGTERM until this worker is killed; a second is left for its end */
export const runTiming = (stopSeconds: number): RunTiming => ({ storagePatienceMs: 600_000, cancelPatienceMs: 60_000, shutdownPatienceMs: (stopSeconds - 1) * 500 });

/** The reasons for which work on a run ends early, as signals. */
export interface RunControl {
  /** The attempt is void: nothing more is done or told. */
  readonly dropped: AbortSignal;
  /** The run is to stop in good order. */
  readonly stopAsked: AbortSignal;
  /** No call to the API is worth while any more. */
  readonly silenced: AbortSignal;
  /** No upload is worth while any more. Implied by `silenced`. */
  readonly storageGivenUp: AbortSignal;
  /** From here on a shutdown has a deadline. */
  trainingEnded(): void;
  /** The API has all events: from here on the storage has a deadline. */
  eventsPosted(): void;
  /** Forgets all deadlines. */
  over(): void;
}

export interface RunReasons extends Pick<RunControl, 'dropped' | 'stopAsked'> {
  /** This worker has to go. */
  shutdown: AbortSignal;
}

export function createRunControl({ dropped, stopAsked, shutdown }: RunReasons, timing: RunTiming = runTiming(10)): RunControl {
  const silence = createDeadline('this worker has to go');
  const patience = createDeadline('the storage was away for too long');
  const silenced = AbortSignal.any([dropped, silence.signal]);
  let ended = false;
  let posted = false;

  const hurry = (): void => {
    if (ended && shutdown.aborted) {
      patience.atMost(timing.shutdownPatienceMs);
      silence.atMost(2 * timing.shutdownPatienceMs);
    }
    if (posted) patience.atMost(stopAsked.aborted ? timing.cancelPatienceMs : timing.storagePatienceMs);
  };
  // A run that was cancelled may be told of a shutdown, too.
  for (const signal of [stopAsked, shutdown]) whenAborted(signal, hurry);

  return {
    dropped,
    stopAsked,
    silenced,
    storageGivenUp: AbortSignal.any([silenced, patience.signal]),
    trainingEnded: () => {
      ended = true;
      hurry();
    },
    eventsPosted: () => {
      posted = true;
      hurry();
    },
    over: () => {
      shutdown.removeEventListener('abort', hurry);
      silence.clear();
      patience.clear();
    },
  };
}
