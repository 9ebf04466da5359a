import { z } from 'zod';
import type { FailurePolicy } from './failures.ts';

/** Why a task failed: a closed list, with a policy for each as runs have it. */
export const taskFailureCode = z.enum([
  'invalid_spec',
  'invalid_data',
  'invalid_weights',
  'checkpoint_gone',
  'export_refused',
  'out_of_memory',
  'storage_unavailable',
  'launch_failed',
  'worker_lost',
  'worker_crashed',
  'internal_error',
]);
export type TaskFailureCode = z.infer<typeof taskFailureCode>;

const final = (sentence: string): FailurePolicy => ({ retry: false, backoffSeconds: 0, sentence });
const again = (backoffSeconds: number, sentence: string): FailurePolicy => ({ retry: true, backoffSeconds, sentence });

export const taskFailurePolicies: Readonly<Record<TaskFailureCode, FailurePolicy>> = {
  invalid_spec: final('The settings do not fit together; change the one that is named.'),
  invalid_data: final('The data set does not fit; see the message for the part that is wrong.'),
  invalid_weights: final('The weights cannot be used; see the message for what is wrong.'),
  checkpoint_gone: final('The checkpoint has given way to newer ones. Choose one that GET /v1/runs/:id/checkpoints lists.'),
  export_refused: final("What was written does not give the checkpoint's logits; see the message. Choose another checkpoint."),
  out_of_memory: again(10, 'The worker has too little memory for this task; it is tried again.'),
  storage_unavailable: again(5, 'The object storage did not answer; the task is tried again.'),
  launch_failed: again(5, 'No worker could be started; the task is tried again.'),
  worker_lost: again(2, 'The worker fell silent or was ended; the task is tried again.'),
  worker_crashed: again(2, 'The process that worked on the task ended abnormally; it is tried again.'),
  internal_error: again(2, 'Something unexpected went wrong in the worker; see its log.'),
};

/** Tries after which a task is failed for good. */
export const maxTaskAttempts = 3;
