/** What was written is not what the checkpoint holds. The message is for a person. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';
}
