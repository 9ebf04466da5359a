import type { Problem } from '@thaw/contract/problems';

/** What the API answered instead of what was asked for. Status 0: it was not reached. */
export class ApiError extends Error {
  readonly status: number;
  /** The last part of the problem's type, such as `not-found`. */
  readonly kind: string;
  readonly faults: NonNullable<Problem['errors']>;
  readonly requestId: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `The API answered with status ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.kind = problem.type?.split(':').at(-1) ?? (status === 0 ? 'unreachable' : 'unknown');
    this.faults = problem.errors ?? [];
    this.requestId = problem.requestId ?? null;
  }
}
