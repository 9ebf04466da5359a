import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * Splits a stream into lines and gives those of each chunk together (without line ends; a last line without one counts).
 * Of a line longer than `maxChars` the beginning is kept and the rest dropped, so that memory is bounded.
 */
export async function* readLines(stream: Readable, maxChars: number): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let dropping = false;
  for await (const chunk of stream) {
    const pieces = (dropping ? '' : rest).concat(decoder.write(chunk as Buffer)).split('\n');
    rest = pieces.pop() ?? '';
    const lines = pieces.map((line) => line.slice(0, maxChars).replace(/\r$/, ''));
    // The first piece ends the line whose beginning was given already.
    if (dropping && lines.length > 0) {
      lines.shift();
      dropping = false;
    }
    if (!dropping && rest.length > maxChars) {
      lines.push(rest.slice(0, maxChars));
      dropping = true;
    }
    if (dropping) rest = '';
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}
