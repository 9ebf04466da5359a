import { ingestFailurePolicies, maxIngestAttempts, type IngestFailureCode } from '@thaw/contract/ingestFailures';
import type { AttemptPolicy } from '../work/afterAttempt.ts';

/** An import begins from the start each time: any attempt that ends without a version is in vain. */
export const ingestPolicy: AttemptPolicy<IngestFailureCode> = {
  failures: ingestFailurePolicies,
  maxInVain: maxIngestAttempts,
  givenUp: (inVain) => `The import was given up after ${inVain} tries.`,
};
