/** A worker that a launcher has started. */
export interface LaunchedWorker {
  /** The name under which it asks for work. */
  name: string;
  /** The piece of work because of which it was started. It may take another one, and more after that. */
  launchedFor: string;
  /** How it ended, in words; null while it lives. */
  ended: string | null;
  /** It has not begun yet: it waits for its place, and nothing can be heard of it. */
  waits?: boolean;
  /** Its process may still be at its end, with a last checkpoint in its hands. */
  lingers?: boolean;
}

/** Where workers come from. The dispatcher decides how many; a launcher only knows how to start one. */
export interface Launcher {
  /**
   * Whether its workers outlive their dispatcher, and the next one sees them: what waits for a worker that it does not see then waits for nobody.
   */
  outlives: boolean;
  /**
   * The workers that live, and those that have ended since the last call.
   * @throws LauncherAway where that cannot be known now
   */
  list: () => Promise<readonly LaunchedWorker[]>;
  /**
   * Starts a worker. Throws, in words for the owner of the work, where that cannot be.
   * @throws LauncherAway where it is not known whether it has; the next list may have it
   */
  launch: (workId: string) => Promise<void>;
  /**
   * Has one of its workers stop, and end by force where it lives on for so many seconds. Does not wait for that: `list` will tell.
   * @throws LauncherAway where it cannot be told now
   */
  stop: (name: string, graceSeconds: number) => Promise<void>;
  /** Stops all its workers and waits for them. */
  close: () => Promise<void>;
}

/** What starts workers is out of reach: nothing is known of them, and nothing follows for their work. */
export class LauncherAway extends Error {
  override name = 'LauncherAway';
}

/** What a worker is told by whoever launches it: it is in the network of the storage, and is killed 40 s after it was told to stop, or later. */
export const launchedWorker = { THAW_STORAGE: 'internal', THAW_STOP_SECONDS: '38' } as const;
