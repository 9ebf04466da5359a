/** A kind of work that waits in the database, for workers of one kind. Pieces of work are named by an id of their own. */
export interface WorkQueue {
  /** Moves the next waiting pieces beyond the first `covered` to `launching`, `limit` at most, and gives their ids. Two dispatchers never get the same one. */
  markLaunching: (input: { covered: number; limit: number }) => Promise<string[]>;
  /**
   * No worker came for a piece: it waits and is tried again, or fails when that happened too often. Nothing if it has gone on.
   * @param input.worker who was to take it, and has ended: where that one has taken other pieces, this one is not to blame and only waits again
   */
  failLaunch: (input: { id: string; reason: string; worker?: string }) => Promise<void>;
  /** Pieces that no worker has claimed for so many seconds wait again, but for those whose worker is still known to come. */
  requeueUnclaimed: (input: { seconds: number; expected?: readonly string[] }) => Promise<void>;
  /** Takes from a worker that is known to be gone what it has: there is no lease to wait for. */
  loseWorker: (input: { name: string; reason: string }) => Promise<void>;
  /** Takes pieces from workers that have fallen silent, and gives their number. */
  expireLeases: () => Promise<number>;
  /** Those of these workers that work on a piece now. */
  busyWorkers: (names: readonly string[]) => Promise<string[]>;
  /** Seconds for which nothing was heard of these workers, by name; those that were never heard are left out. */
  unheardFor: (names: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** How many pieces have no worker yet, `most` at most; also those whose turn has not come. */
  countWaiting: (most: number) => Promise<number>;
  /** Those of these pieces that still wait for a worker that was started for them. */
  stillLaunching: (ids: readonly string[]) => Promise<string[]>;
}
