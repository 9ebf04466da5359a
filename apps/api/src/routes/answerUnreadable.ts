import { problemKinds, problemType, type Problem } from '@thaw/contract/problems';
import type { Duplex } from 'node:stream';

/** Answers what the HTTP parser has refused before there was a request, with a problem like all others, and ends the connection. For `clientError` of a server. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const kind = tooLong ? 'headers-too-large' : 'invalid-request';
  const status = problemKinds[kind];
  const body: Problem = tooLong
    ? { type: problemType(kind), title: 'Headers too large', status, detail: 'The address and the headers together are too long. Send shorter ones.' }
    : { type: problemType(kind), title: 'Invalid request', status, detail: 'This is no HTTP request that can be read. Check what sends it.' };
  const text = JSON.stringify(body);
  const lines = [`HTTP/1.1 ${status} ${body.title}`, 'content-type: application/problem+json', 'x-content-type-options: nosniff', `content-length: ${Buffer.byteLength(text)}`, 'connection: close'];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
