import { constants } from 'node:os';
import { ApiProblem } from './demo/apiClient.ts';
import { StackError, UsageError } from './stack/stackError.ts';

/** Says what went wrong, where it was not the person who stopped us. */
export function exitCodeFor(error: unknown): number {
  const signal = error instanceof Error ? constants.signals[error.message as NodeJS.Signals] : undefined;
  if (signal !== undefined) return 128 + signal;
  if (error instanceof Error && error.message === 'disconnect') return 1;
  console.error(error instanceof StackError || error instanceof UsageError || error instanceof ApiProblem ? error.message : error);
  return error instanceof UsageError ? 2 : 1;
}
