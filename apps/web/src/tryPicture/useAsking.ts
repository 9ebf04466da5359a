'use client';

import type { Prediction } from '@thaw/contract/predict';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/ApiError.ts';
import type { Answerer } from './answerer.ts';
import { askServer, askServerForComparison } from './askServer.ts';
import { BrowserProblem } from './inBrowser/BrowserProblem.ts';
import { canPredictHere } from './inBrowser/canPredictHere.ts';
import { askBrowser, type Download } from './inBrowser/askBrowser.ts';
import { startNetworkWorker, type NetworkWorker } from './inBrowser/startNetworkWorker.ts';

export interface Asking {
  /** What was asked about last; an address of this page. */
  url: string | null;
  /** `making`: the model is being exported. */
  state: 'nothing' | 'asking' | 'making' | 'answered' | 'failed';
  /** Who is asked: the other one than was chosen where that one cannot answer. */
  by: Answerer;
  prediction: Prediction | null;
  /** What the network said before is still to come. */
  comparing: boolean;
  /** Of networks to the browser. */
  download: Download | null;
  error: unknown;
}

export interface Question {
  picture: Blob;
  epoch: 'best' | number;
  answerer: Answerer;
}

const nothing: Asking = { url: null, state: 'nothing', by: 'server', prediction: null, comparing: false, download: null, error: null };

/** Asks about one picture at a time; a new one ends what is asked about the last. */
export function useAsking(run: string): { asking: Asking; ask: (question: Question) => void } {
  const [asking, setAsking] = useState(nothing);
  const stop = useRef<AbortController | null>(null);
  const shown = useRef<string | null>(null);
  const worker = useRef<NetworkWorker | null>(null);
  useEffect(
    () => () => {
      stop.current?.abort();
      worker.current?.close();
      worker.current = null;
      if (shown.current !== null) URL.revokeObjectURL(shown.current);
    },
    [],
  );
  const ask = useCallback(
    ({ picture, epoch, answerer }: Question) => {
      stop.current?.abort();
      const controller = (stop.current = new AbortController());
      const { signal } = controller;
      if (shown.current !== null) URL.revokeObjectURL(shown.current);
      const url = (shown.current = URL.createObjectURL(picture));
      const set = (change: Partial<Asking>): void => void (signal.aborted || setAsking((now) => ({ ...now, ...change })));
      const question = { run, epoch, picture, signal, onWait: () => set({ state: 'making' }) };

      const askBy = async (by: Answerer): Promise<void> => {
        set({ by });
        if (by === 'browser') {
          worker.current ??= startNetworkWorker();
          const onPrediction = (prediction: Prediction): void => set({ prediction, state: 'answered', comparing: prediction.untuned === null, download: null });
          await askBrowser({ ...question, worker: worker.current, onDownload: (download) => set({ download }), onPrediction });
        } else {
          const prediction = await askServer(question);
          set({ prediction, state: 'answered', comparing: prediction.untuned === null });
          if (prediction.untuned === null) set({ prediction: await askServerForComparison(question) });
        }
        set({ comparing: false, download: null });
      };
      const work = async (): Promise<void> => {
        const first = answerer === 'browser' && !canPredictHere() ? 'server' : answerer;
        try {
          await askBy(first);
        } catch (error) {
          const other = otherAnswerer(first, error);
          if (other === null || signal.aborted) throw error;
          await askBy(other);
        }
      };
      setAsking({ ...nothing, url, by: answerer, state: 'asking' });
      work().catch((error: unknown) => set({ state: 'failed', comparing: false, download: null, error }));
    },
    [run],
  );
  return { asking, ask };
}

/** Who can be asked instead, where an error says that the first one never will answer. */
function otherAnswerer(first: Answerer, error: unknown): Answerer | null {
  if (first === 'browser') return error instanceof BrowserProblem && error.kind === 'runtime' ? 'server' : null;
  return error instanceof ApiError && error.kind === 'not-here' && canPredictHere() ? 'browser' : null;
}
