import type { TaskFailureCode } from '@thaw/contract/taskFailures';

/** A task that cannot be done, or not this time. The message is for a person. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed';
  readonly code: TaskFailureCode;
  constructor(code: TaskFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
