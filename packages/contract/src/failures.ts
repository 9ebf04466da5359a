import { z } from 'zod';

/** Why an attempt failed: a closed list. The policy below is a table over it, checked for completeness by the compiler. */
export const failureCode = z.enum([
  'invalid_spec',
  'invalid_data',
  'invalid_weights',
  'diverged',
  'out_of_memory',
  'device_unavailable',
  'storage_unavailable',
  'launch_failed',
  'worker_lost',
  'worker_crashed',
  'internal_error',
]);
export type FailureCode = z.infer<typeof failureCode>;

export interface FailurePolicy {
  /** Whether another attempt, from the last checkpoint, can end otherwise. */
  retry: boolean;
  /** Seconds to wait before the run may be claimed again, times the number of attempts in a row without a new checkpoint. */
  backoffSeconds: number;
  /** What happened and what to do, for a person. */
  sentence: string;
}

export const failurePolicies: Readonly<Record<FailureCode, FailurePolicy>> = {
  invalid_spec: { retry: false, backoffSeconds: 0, sentence: 'The settings of the run do not fit together; change the one that is named and launch again.' },
  invalid_data: { retry: false, backoffSeconds: 0, sentence: 'The data set cannot be trained on; see the message for the part that is wrong.' },
  invalid_weights: { retry: false, backoffSeconds: 0, sentence: 'The weights do not fit the backbone of the run; see the message for what is wrong.' },
  diverged: { retry: false, backoffSeconds: 0, sentence: 'The loss became infinite or not a number; lower the learning rate and launch again. The last good checkpoint is kept.' },
  out_of_memory: { retry: false, backoffSeconds: 0, sentence: 'The device has too little memory for this batch and image size; choose a smaller batch.' },
  device_unavailable: { retry: true, backoffSeconds: 10, sentence: 'The worker did not find the device that it was told to use; check its GPU and driver.' },
  storage_unavailable: { retry: true, backoffSeconds: 10, sentence: 'The object storage did not answer; the run goes on by itself once it does.' },
  launch_failed: { retry: true, backoffSeconds: 5, sentence: 'No worker could be started; the run is tried again.' },
  worker_lost: { retry: true, backoffSeconds: 2, sentence: 'The worker fell silent or was ended; the run goes on from its last checkpoint.' },
  worker_crashed: { retry: true, backoffSeconds: 2, sentence: 'The training process ended abnormally; the run goes on from its last checkpoint.' },
  internal_error: { retry: true, backoffSeconds: 2, sentence: 'Something unexpected went wrong in the worker; see the log.' },
};

/** Attempts in a row that brought no new checkpoint, after which a run is failed for good. */
export const maxAttemptsWithoutProgress = 3;
