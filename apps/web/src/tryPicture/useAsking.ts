'use client';

import type { Prediction } from '@thaw/contract/predict';
import { useCallback, useEffect, useRef, useState } from 'react';
import { askNetwork } from './askNetwork.ts';

export interface Asking {
  /** What was asked about last; an address of this page. */
  url: string | null;
  /** `making`: the model is being exported. */
  state: 'nothing' | 'asking' | 'making' | 'answered' | 'failed';
  prediction: Prediction | null;
  error: unknown;
}

const nothing: Asking = { url: null, state: 'nothing', prediction: null, error: null };
/** The untuned network comes some seconds after the other. */
const [untunedPause, untunedTries] = [3000, 10];

/** Asks about one picture at a time; a new one ends what is asked about the last. */
export function useAsking(run: string): { asking: Asking; ask: (picture: Blob) => void } {
  const [asking, setAsking] = useState(nothing);
  const stop = useRef<AbortController | null>(null);
  const shown = useRef<string | null>(null);
  useEffect(
    () => () => {
      stop.current?.abort();
      if (shown.current !== null) URL.revokeObjectURL(shown.current);
    },
    [],
  );
  const ask = useCallback(
    (picture: Blob) => {
      stop.current?.abort();
      const controller = (stop.current = new AbortController());
      const { signal } = controller;
      if (shown.current !== null) URL.revokeObjectURL(shown.current);
      const url = (shown.current = URL.createObjectURL(picture));
      const set = (change: Partial<Asking>): void => void (signal.aborted || setAsking((now) => ({ ...now, ...change })));
      setAsking({ ...nothing, url, state: 'asking' });
      const question = { run, picture, signal, onWait: () => set({ state: 'making' }) };
      const work = async (): Promise<void> => {
        let prediction = await askNetwork(question);
        set({ prediction, state: 'answered' });
        for (let tries = 0; prediction.untuned === null && tries < untunedTries && !signal.aborted; tries++) {
          await new Promise((resolve) => setTimeout(resolve, untunedPause));
          if (signal.aborted) return;
          prediction = await askNetwork({ ...question, onWait: () => undefined });
          set({ prediction });
        }
      };
      work().catch((error: unknown) => set({ state: 'failed', error }));
    },
    [run],
  );
  return { asking, ask };
}
