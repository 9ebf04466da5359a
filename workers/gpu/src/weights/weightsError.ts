/** A weights file that cannot be taken. The message is a sentence that names what is wrong and where. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}

/** Text from a file in a message: quoted, and cut so that the message stays a line. */
export const quoted = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
