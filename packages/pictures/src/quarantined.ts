import { quarantineSentences, type QuarantineCode } from '@thaw/contract/report';

/** Why one file is not taken. The import goes on without it. */
export class Quarantined extends Error {
  override readonly name = 'Quarantined';
  readonly code: QuarantineCode;
  /** @param detail added to the code's own sentence */
  constructor(code: QuarantineCode, detail = '') {
    super(`${quarantineSentences[code]}${detail === '' ? '' : ` ${detail}`}`.slice(0, 500));
    this.code = code;
  }
}
