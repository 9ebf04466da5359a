/** Something about this machine that its owner can put right. The message is the whole story: shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}
