/** Messages to a process that works on pictures, and back: two lengths, a JSON text, and bytes that belong to it. */
export interface Frame {
  header: unknown;
  body: Uint8Array;
}

const prefixBytes = 8;

/** The pieces of a message, to be written one after the other. */
export function encodeFrame(header: unknown, body: Uint8Array): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeUInt32LE(body.length, 4);
  return [Buffer.concat([prefix, text]), body];
}

/** Puts messages together out of the chunks of a stream. */
export function createFrameReader(): (chunk: Uint8Array) => Frame[] {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = prefixBytes;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    const frames: Frame[] = [];
    if (held < wanted) return frames;
    let buffer = chunks.length === 1 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat(chunks);
    for (;;) {
      wanted = prefixBytes;
      if (buffer.length < wanted) break;
      const text = buffer.readUInt32LE(0);
      wanted += text + buffer.readUInt32LE(4);
      if (buffer.length < wanted) break;
      const header: unknown = JSON.parse(buffer.toString('utf8', prefixBytes, prefixBytes + text));
      frames.push({ header, body: buffer.subarray(prefixBytes + text, wanted) });
      buffer = buffer.subarray(wanted);
    }
    chunks = buffer.length > 0 ? [buffer] : [];
    held = buffer.length;
    return frames;
  };
}
