import type { BrowserProblemKind } from './messages.ts';

/** What keeps a browser from predicting. */
export class BrowserProblem extends Error {
  readonly kind: BrowserProblemKind;

  constructor(kind: BrowserProblemKind, cause?: unknown) {
    super(cause instanceof Error ? cause.message : kind);
    this.name = 'BrowserProblem';
    this.kind = kind;
  }
}

export async function orProblem<T>(kind: BrowserProblemKind, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BrowserProblem ? error : new BrowserProblem(kind, error);
  }
}
