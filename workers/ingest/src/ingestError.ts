import type { IngestFailureCode } from '@thaw/contract/ingestFailures';

/** Why a whole import ends. The message is a sentence that says what to do. */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: IngestFailureCode;
  constructor(code: IngestFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
