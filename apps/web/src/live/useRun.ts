'use client';

import type { EpochRecord } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { RunStore } from './RunStore.ts';

/** A store for a run and what is known of it at first, loaded and following as long as the component is there. */
export function useRunStore(run: Run, epochs: readonly EpochRecord[]): RunStore {
  const [store] = useState(() => new RunStore(run, epochs));
  useEffect(() => store.start(), [store]);
  return store;
}

export const RunStoreContext = createContext<RunStore | null>(null);

/** The run of the page, as it is now: the component renders again when something changes, once a frame at most. */
export function useRun(): RunStore {
  const store = useContext(RunStoreContext);
  if (store === null) throw new Error('useRun is for what stands on the page of a run.');
  useSyncExternalStore(store.subscribe, store.snapshot, () => 0);
  return store;
}
