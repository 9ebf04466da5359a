import type { FailurePolicy } from '@thaw/contract/failures';

export interface Failure<Code extends string> {
  code: Code;
  message: string;
}

/** What decides, for work of one kind, where it goes when an attempt has ended. */
export interface AttemptPolicy<Code extends string> {
  failures: Readonly<Record<Code | 'internal_error', FailurePolicy>>;
  /** Attempts in vain, one after the other, after which a piece of work is failed for good. */
  maxInVain: number;
  /** Said after the reason of the last one. */
  givenUp: (inVain: number) => string;
}

/** An attempt that has ended without doing all of the work. */
export interface AttemptEnd<Code extends string> {
  outcome: 'stopped' | 'failed' | 'lost';
  /** With outcome failed or lost. */
  failure: Failure<Code> | null;
  /** Whether the owner has asked the work to stop. */
  stopRequested: boolean;
  /** Whether this attempt brought the work further on than all before. */
  progressed: boolean;
  /** Attempts in vain before this one, in a row. */
  inVain: number;
}

export interface NextState<Code extends string, Status extends string = 'queued' | 'failed' | 'cancelled'> {
  status: Status;
  inVain: number;
  /** Seconds until the work may be claimed again. */
  pauseSeconds: number;
  failure: Failure<Code | 'internal_error'> | null;
}

/** Where work goes when an attempt has ended: the policy table of the contract, and the cap on tries that lead nowhere. */
export function afterAttempt<Code extends string>(policy: AttemptPolicy<Code>, end: AttemptEnd<Code> & { stopRequested: false }): NextState<Code, 'queued' | 'failed'>;
export function afterAttempt<Code extends string>(policy: AttemptPolicy<Code>, end: AttemptEnd<Code>): NextState<Code>;
export function afterAttempt<Code extends string>(policy: AttemptPolicy<Code>, { outcome, failure, stopRequested, progressed, inVain: before }: AttemptEnd<Code>): NextState<Code> {
  const kept = progressed ? 0 : before;
  const end = (status: NextState<Code>['status'], failed: NextState<Code>['failure'] = null): NextState<Code> => ({ status, inVain: kept, pauseSeconds: 0, failure: failed });
  if (outcome === 'stopped') return end(stopRequested ? 'cancelled' : 'queued');

  const { code, message } = failure ?? { code: 'internal_error' as const, message: policy.failures.internal_error.sentence };
  const { retry, backoffSeconds } = policy.failures[code];
  if (!retry) return end('failed', { code, message });
  if (stopRequested) return end('cancelled');
  const inVain = progressed ? 0 : before + 1;
  if (inVain >= policy.maxInVain) return { ...end('failed', { code, message: `${message} ${policy.givenUp(inVain)}` }), inVain };
  return { ...end('queued'), inVain, pauseSeconds: backoffSeconds * inVain };
}
