import { failurePolicies, maxAttemptsWithoutProgress, type FailureCode } from '@thaw/contract/failures';
import type { RunStatus } from '@thaw/contract/runStatus';

export interface AttemptEnd {
  outcome: 'succeeded' | 'stopped' | 'failed' | 'lost';
  /** With outcome failed or lost. */
  failure: { code: FailureCode; message: string } | null;
  /** Whether the owner has asked the run to stop. */
  stopRequested: boolean;
  /** Whether this attempt brought a new checkpoint. */
  progressed: boolean;
  /** Before this attempt. */
  attemptsWithoutProgress: number;
}

export interface NextState {
  status: Extract<RunStatus, 'queued' | 'succeeded' | 'failed' | 'cancelled'>;
  attemptsWithoutProgress: number;
  /** Seconds until the run may be claimed again. */
  pauseSeconds: number;
  failure: { code: FailureCode; message: string } | null;
}

/** Where a run goes when an attempt has ended: the policy table of the contract, and the cap on tries that lead nowhere. */
export function afterAttempt({ outcome, failure, stopRequested, progressed, attemptsWithoutProgress }: AttemptEnd): NextState {
  const end = (status: NextState['status'], failed: NextState['failure'] = null): NextState => ({
    status,
    failure: failed,
    pauseSeconds: 0,
    attemptsWithoutProgress: progressed ? 0 : attemptsWithoutProgress,
  });
  if (outcome === 'succeeded') return end('succeeded');
  if (outcome === 'stopped') return end(stopRequested ? 'cancelled' : 'queued');

  const { code, message } = failure ?? { code: 'internal_error', message: failurePolicies.internal_error.sentence };
  const policy = failurePolicies[code];
  if (!policy.retry) return end('failed', { code, message });
  if (stopRequested) return end('cancelled');
  const inVain = progressed ? 0 : attemptsWithoutProgress + 1;
  if (inVain >= maxAttemptsWithoutProgress) {
    const given = `${message} The run was given up after ${inVain} tries in a row that brought no new checkpoint.`;
    return { ...end('failed', { code, message: given }), attemptsWithoutProgress: inVain };
  }
  return { status: 'queued', failure: null, attemptsWithoutProgress: inVain, pauseSeconds: policy.backoffSeconds * inVain };
}
