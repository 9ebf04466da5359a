/** The body's chunks; none where there is no body. The types of fetch leave out what they are. */
export const bytesOf = (response: Response): AsyncIterable<Uint8Array> | Uint8Array[] => (response.body as AsyncIterable<Uint8Array> | null) ?? [];

/**
 * The body of a reply as text, believed only up to `maxBytes`.
 *
 * @throws Error when the body is longer
 */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bytesOf(response)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the reply is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
