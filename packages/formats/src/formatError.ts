/** A file is not what its format demands. The message is a sentence that names the file and what is wrong where. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
