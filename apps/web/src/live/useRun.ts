'use client';

import type { Run } from '@thaw/contract/runs';
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { RunStore } from './RunStore.ts';

/** A store for a run, loaded and following as long as the component is there. */
export function useRunStore(run: Run): RunStore {
  const [store] = useState(() => new RunStore(run.id, run));
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
