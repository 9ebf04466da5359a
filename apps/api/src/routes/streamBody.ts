/**
 * A body made on the way, in flat memory: the next block is made when the one before is taken. Where making it fails, the connection is
 * cut, so that half of it is not taken for all, unless `onError` takes note. `onEnd` is called once, as soon as it is over or its reader
 * is gone.
 */
export function streamBody(blocks: AsyncIterable<string | Uint8Array>, { onEnd, onError }: { onEnd?: () => void; onError?: (error: unknown) => void } = {}): ReadableStream<Uint8Array> {
  const iterator = blocks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    onEnd?.();
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const next = await iterator.next();
          if (over) return;
          if (next.done !== true) return controller.enqueue(typeof next.value === 'string' ? encoder.encode(next.value) : next.value);
          controller.close();
        } catch (error) {
          if (over) return;
          onError?.(error);
          if (onError === undefined) controller.error(error);
          else controller.close();
        }
        end();
      },
      cancel: async () => {
        end();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
