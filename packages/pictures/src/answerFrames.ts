import { Socket } from 'node:net';
import { createFrameReader, encodeFrame, type Frame } from './frames.ts';
import { readyFrame } from './pictureProcess.ts';

/**
 * The main loop of a process that `startPictureProcess` starts: takes frames on standard input, answers on descriptor 3, one after the
 * other and in order.
 * @param answer what it throws ends the process
 */
export async function answerFrames(answer: (frame: Frame) => Promise<Frame>): Promise<void> {
  const replies = new Socket({ fd: 3, readable: false, writable: true });
  const read = createFrameReader();
  replies.write(readyFrame);
  // Whoever started it is gone when its end of a pipe is.
  replies.on('error', () => process.exit());
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    for (const frame of read(chunk)) {
      const { header, body } = await answer(frame);
      replies.cork();
      for (const piece of encodeFrame(header, body)) replies.write(piece);
      replies.uncork();
    }
  }
  replies.end();
}
