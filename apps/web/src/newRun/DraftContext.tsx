'use client';

import type { SpecFault } from '@thaw/contract/resolveSpec';
import { createContext, useContext } from 'react';
import { getIn, type Draft } from './draft.ts';

interface DraftState {
  draft: Draft;
  faults: readonly SpecFault[];
  set: (path: readonly string[], value: unknown) => void;
}

export const DraftContext = createContext<DraftState | null>(null);

interface DraftField {
  value: unknown;
  /** What is wrong with it, as the API would say. */
  error: string | undefined;
  set: (value: unknown) => void;
}

/** The draft that is written on this page. */
export function useDraft(): DraftState {
  const state = useContext(DraftContext);
  if (state === null) throw new Error('useDraft is for fields of a new run.');
  return state;
}

/** One field of the draft by its path, such as `schedule.epochs`. */
export function useDraftField(name: string): DraftField {
  const { draft, faults, set } = useDraft();
  const path = name.split('.');
  return { value: getIn(draft, path), error: faults.find((fault) => fault.path.join('.') === name)?.message, set: (value) => set(path, value) };
}
