import type { ProblemKind } from '@thaw/contract/problems';

export interface Fault {
  path: string;
  message: string;
}

/** What a verb throws when it cannot do what was asked. Knows no HTTP; the message is a sentence for the caller. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly kind: ProblemKind;
  readonly faults: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  constructor(kind: ProblemKind, message: string, options: { faults?: readonly Fault[]; cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.faults = options.faults;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (kind === 'unavailable' ? 2 : undefined);
  }
}

/** Also for what belongs to someone else: whether it exists is not told. */
export const notFound = (what: string, advice = 'Check the id, and that it is yours.'): ApiError =>
  new ApiError('not-found', `There is no ${what} here. ${advice}`);

export const conflict = (message: string): ApiError => new ApiError('conflict', message);

/** The message says the limit, what is used, and what to do. */
export const quotaExceeded = (message: string): ApiError => new ApiError('quota-exceeded', message);

export const preconditionFailed = (message: string): ApiError => new ApiError('precondition-failed', message);

export const unauthorized = (): ApiError =>
  new ApiError('unauthorized', 'Send a valid key as "Authorization: Bearer <key>". This one is missing, mistyped or revoked.');

export const forbidden = (scope: string): ApiError =>
  new ApiError('forbidden', `This key lacks the scope "${scope}". Use one that has it.`);

export const staleAttempt = (): ApiError =>
  new ApiError('stale-attempt', 'This attempt is over: what it worked on has ended or gone on elsewhere. Drop it and claim another.');

export const unavailable = (message: string, cause?: unknown): ApiError => new ApiError('unavailable', message, { cause });

/** A request that is well-formed but cannot be met, with the path of each field at fault. */
export function invalid(faults: readonly Fault[]): ApiError {
  const [first] = faults;
  const where = first !== undefined && first.path !== '' ? `${first.path}: ` : '';
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more, see errors)` : '';
  return new ApiError('validation-failed', `${where}${first?.message ?? 'The request is not valid.'}${more}`, { faults: faults.slice(0, 100) });
}
