import { failurePolicies, maxAttemptsWithoutProgress, type FailureCode } from '@thaw/contract/failures';
import type { AttemptPolicy } from '../work/afterAttempt.ts';

/** Of a run only attempts that brought no new checkpoint are in vain. */
export const runPolicy: AttemptPolicy<FailureCode> = {
  failures: failurePolicies,
  maxInVain: maxAttemptsWithoutProgress,
  givenUp: (inVain) => `The run was given up after ${inVain} tries in a row that brought no new checkpoint.`,
};
