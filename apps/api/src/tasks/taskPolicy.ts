import { maxTaskAttempts, taskFailurePolicies, type TaskFailureCode } from '@thaw/contract/taskFailures';
import type { AttemptPolicy } from '../work/afterAttempt.ts';

/** A task is short and begins from the start each time: any attempt that ends without a result is in vain. */
export const taskPolicy: AttemptPolicy<TaskFailureCode> = {
  failures: taskFailurePolicies,
  maxInVain: maxTaskAttempts,
  givenUp: (inVain) => `It was given up after ${inVain} tries.`,
};
