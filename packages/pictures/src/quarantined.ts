import { quarantineSentences, type QuarantineCode, type ReportFacts } from '@thaw/contract/report';

/** Why one file is not taken. The import goes on without it. */
export class Quarantined extends Error {
  override readonly name = 'Quarantined';
  readonly code: QuarantineCode;
  readonly facts: ReportFacts | undefined;
  /** @param detail added to the code's own sentence @param facts the figures and names in it */
  constructor(code: QuarantineCode, detail = '', facts?: ReportFacts) {
    super(`${quarantineSentences[code]}${detail === '' ? '' : ` ${detail}`}`.slice(0, 500));
    this.code = code;
    this.facts = facts;
  }
}
