import type { VersionStatus } from '@thaw/contract/datasets';
import { ingestFailurePolicies, maxIngestAttempts, type IngestFailureCode } from '@thaw/contract/ingestFailures';

export interface IngestFailure {
  code: IngestFailureCode;
  message: string;
}

export interface IngestEnd {
  outcome: 'stopped' | 'failed' | 'lost';
  failure: IngestFailure | null;
  stopRequested: boolean;
  /** Before this attempt. */
  attemptsInVain: number;
}

export interface NextVersionState {
  status: Extract<VersionStatus, 'queued' | 'failed' | 'cancelled'>;
  attemptsInVain: number;
  /** Seconds until it may be claimed again. */
  pauseSeconds: number;
  failure: IngestFailure | null;
}

/** Where a version goes when an attempt has ended without making it ready. */
export function afterIngest({ outcome, failure, stopRequested, attemptsInVain }: IngestEnd): NextVersionState {
  const end = (status: NextVersionState['status'], inVain = attemptsInVain, failed: IngestFailure | null = null): NextVersionState => ({
    status,
    attemptsInVain: inVain,
    pauseSeconds: 0,
    failure: failed,
  });
  if (outcome === 'stopped') return end(stopRequested ? 'cancelled' : 'queued');
  const { code, message } = failure ?? { code: 'internal_error', message: ingestFailurePolicies.internal_error.sentence };
  const policy = ingestFailurePolicies[code];
  if (!policy.retry) return end('failed', attemptsInVain, { code, message });
  if (stopRequested) return end('cancelled');
  const inVain = attemptsInVain + 1;
  if (inVain >= maxIngestAttempts) return end('failed', inVain, { code, message: `${message} The import was given up after ${inVain} tries.` });
  return { ...end('queued', inVain), pauseSeconds: policy.backoffSeconds * inVain };
}
