/**
 * The last lines that a container without a terminal has written, of what Docker keeps of both its outputs: frames of 1 byte for the output,
 * 3 of nothing, 4 for the length, then the text (Docker Engine API, "Attach to a container", stream format).
 */
export function lastWords(frames: Buffer, count: number): string[] {
  let text = '';
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    text += frames.toString('utf8', at + 8, Math.min(end, frames.length));
    at = end;
  }
  const lines = text.split('\n').map((line) => line.trimEnd().slice(0, 500));
  return lines.filter((line) => line !== '').slice(-count);
}
