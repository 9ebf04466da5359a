import type { FailureCode } from '@thaw/contract/failures';

/** Why training cannot begin or go on, with the code that decides what happens to the run. The message is for a person. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
