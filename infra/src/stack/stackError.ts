/** Something about this machine that its owner can put right. The message is the whole story: shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}

/** What the person named (an argument, a variable, a file) is wrong: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
