import { Socket } from 'node:net';
import { Quarantined } from '../quarantined.ts';
import { decodeImage, measureImage } from './decodeImage.ts';
import { decoderRequest, type DecoderReply } from './decoderMessages.ts';
import { createFrameReader, encodeFrame, type Frame } from './frames.ts';
import { markPicture } from './pictureMarks.ts';

/**
 * A decoder process: takes images on standard input, answers on descriptor 3, one after the other and in order. It knows no
 * network, no token and no file name. What kills it costs the worker one file.
 */
const replies = new Socket({ fd: 3, readable: false, writable: true });
const read = createFrameReader();
const nothing = new Uint8Array();

async function answer({ header, body }: Frame): Promise<{ reply: DecoderReply; pixels: Uint8Array }> {
  const { side, pixels: limit } = decoderRequest.parse(header);
  try {
    if (side === null) return { reply: { kind: 'size', ...(await measureImage(body, { pixels: limit })) }, pixels: nothing };
    const { pixels, width, height, issues } = await decodeImage(body, side, { pixels: limit });
    const { sha256, phash, colors } = markPicture(pixels, side);
    return { reply: { kind: 'picture', width, height, issues, sha256, phash, colors: Buffer.from(colors).toString('hex') }, pixels };
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    return { reply: { kind: 'refused', code: error.code, message: error.message }, pixels: nothing };
  }
}

// Told once everything is loaded: a process that ends before could not be started at all.
replies.write(Buffer.concat(encodeFrame({ kind: 'ready' }, nothing)));
// The worker is gone when its end of a pipe is.
replies.on('error', () => process.exit());
for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
  for (const frame of read(chunk)) {
    const { reply, pixels } = await answer(frame);
    replies.cork();
    for (const piece of encodeFrame(reply, pixels)) replies.write(piece);
    replies.uncork();
  }
}
replies.end();
