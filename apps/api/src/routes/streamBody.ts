/** A body made on the way, in flat memory. Where making it fails, the connection is cut, so that half of it is not taken for all. */
export function streamBody(blocks: AsyncIterable<string | Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = blocks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(typeof next.value === 'string' ? encoder.encode(next.value) : next.value);
    },
    cancel: async () => void (await iterator.return?.()),
  });
}
