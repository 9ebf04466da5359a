import type { Prediction } from '@thaw/contract/predict';

/** An exported network, and where it is fetched from. */
export interface NetworkFile {
  /** Absolute. */
  url: string;
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** What the page asks its worker. */
export interface WorkerRequest {
  question: number;
  picture: Blob;
  network: NetworkFile;
}

/**
 * Why a browser has no answer. `runtime`: it cannot run networks, and the server is asked instead. `picture`: it cannot read the file.
 */
export type BrowserProblemKind = 'runtime' | 'picture' | 'pixels' | 'download' | 'damaged';

export type NetworkAnswer = Pick<Prediction, 'predictions' | 'width' | 'height' | 'milliseconds'>;

/** What the worker says: how much of a network has come, and what became of a question. */
export type WorkerReply =
  | { kind: 'loading'; sha256: string; loaded: number }
  | { kind: 'answered'; question: number; answer: NetworkAnswer }
  | { kind: 'failed'; question: number; problem: BrowserProblemKind; detail: string };
