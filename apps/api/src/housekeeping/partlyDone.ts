/** A turn of a chore that did what it could: the rest is for a later turn, and why is in the cause. */
export class PartlyDone extends Error {
  override readonly name = 'PartlyDone';
  /** How many things are done. */
  readonly swept: number;
  constructor({ swept, failed, cause }: { swept: number; failed: number; cause: unknown }) {
    super(`${failed} of ${swept + failed} could not be done now`, { cause });
    this.swept = swept;
  }
}
