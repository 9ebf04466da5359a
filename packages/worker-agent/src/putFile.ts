import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { guardAgainstStall } from './stallGuard.ts';

/** The file on the disk is not (or no longer) the one that was announced: sending it again would not help. */
export class ChangedFile extends Error {
  override readonly name = 'ChangedFile';
}

export interface FileToPut {
  path: string;
  bytes: number;
  sha256: string;
}

/** Some bytes out of a file; nobody knows their hash. */
export interface PartToPut {
  path: string;
  offset: number;
  bytes: number;
}

/**
 * Sends a file, or a part of one, to a presigned address, in one piece and with its length announced, and hashes it on the way.
 *
 * @throws ChangedFile, the reason of `signal`, or an Error for anything that a new address and another try may mend
 */
export async function putFile(url: string, file: FileToPut | PartToPut, signal: AbortSignal, stallMs = 60_000): Promise<void> {
  const guard = guardAgainstStall(signal, stallMs);
  const hash = createHash('sha256');
  const range = 'offset' in file ? { start: file.offset, end: file.offset + file.bytes - 1 } : {};
  let sent = 0;
  // The last piece is held back until all is known to be as announced: with it the storage has the whole file and may answer.
  async function* contents(): AsyncGenerator<Uint8Array> {
    let held: Uint8Array | undefined;
    for await (const chunk of createReadStream(file.path, { ...range, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      guard.moved();
      sent += chunk.length;
      if (sent > file.bytes) throw new ChangedFile(`${file.path} has become longer than ${file.bytes} bytes`);
      hash.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    if (sent !== file.bytes) throw new ChangedFile(`${file.path} has ${sent} bytes instead of ${file.bytes}`);
    if ('sha256' in file && hash.digest('hex') !== file.sha256) throw new ChangedFile(`${file.path} has another SHA-256 than was announced`);
    if (held !== undefined) yield held;
  }
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body: contents(),
      duplex: 'half',
      headers: { 'content-length': String(file.bytes) },
      redirect: 'error',
      signal: guard.signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the storage answers ${response.status}`);
  } catch (error) {
    if (guard.signal.aborted) throw guard.signal.reason;
    if (error instanceof Error && error.cause instanceof ChangedFile) throw error.cause;
    throw error;
  } finally {
    guard.stop();
  }
}
