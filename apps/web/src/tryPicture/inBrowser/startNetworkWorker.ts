import { BrowserProblem } from './BrowserProblem.ts';
import type { NetworkAnswer, NetworkFile, WorkerReply, WorkerRequest } from './messages.ts';

export interface NetworkWorker {
  /** @param onLoaded is told how many bytes of the network have come @throws BrowserProblem */
  ask: (picture: Blob, network: NetworkFile, onLoaded: (bytes: number) => void) => Promise<NetworkAnswer>;
  /** What is still asked is never answered. */
  close: () => void;
}

interface Waiting {
  sha256: string;
  onLoaded: (bytes: number) => void;
  resolve: (answer: NetworkAnswer) => void;
  reject: (error: Error) => void;
}

/** A worker that fetches networks and asks them. It keeps those it has opened. */
export function startNetworkWorker(): NetworkWorker {
  const worker = new Worker(new URL('./networkWorker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let questions = 0;

  const take = (reply: Exclude<WorkerReply, { kind: 'loading' }>): void => {
    const one = waiting.get(reply.question);
    waiting.delete(reply.question);
    if (reply.kind === 'answered') one?.resolve(reply.answer);
    else one?.reject(new BrowserProblem(reply.problem, new Error(reply.detail)));
  };
  worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply>) => {
    if (data.kind !== 'loading') take(data);
    else for (const { sha256, onLoaded } of waiting.values()) if (sha256 === data.sha256) onLoaded(data.loaded);
  });
  // It could not be loaded, or has run out of memory.
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    for (const question of waiting.keys()) take({ kind: 'failed', question, problem: 'runtime', detail: event.message });
  });
  return {
    ask: (picture, network, onLoaded) =>
      new Promise((resolve, reject) => {
        const question = ++questions;
        waiting.set(question, { sha256: network.sha256, onLoaded, resolve, reject });
        const request: WorkerRequest = { question, picture, network };
        worker.postMessage(request);
      }),
    close: () => worker.terminate(),
  };
}
