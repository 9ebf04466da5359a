import { guardAgainstStall } from '@thaw/worker-agent/stallGuard';

const pieceBytes = 256 * 1024;

/** An answer of the storage that is not the one hoped for. */
export class StorageRefusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the storage answers ${status}`);
    this.status = status;
  }
}

export interface PartToPut {
  bytes: Buffer<ArrayBuffer>;
  /** In base64: the storage refuses what was damaged on the way. */
  md5: string;
}

/**
 * Sends one part to a presigned address. `onSent` is told how many of its bytes have left. A transfer in which nothing moves for
 * `stallMs` is given up.
 * @throws StorageRefusal, the signal's reason, or an Error for what another try may mend
 */
export async function putPart(url: string, { bytes, md5 }: PartToPut, signal: AbortSignal, onSent: (bytes: number) => void, stallMs = 60_000): Promise<void> {
  const guard = guardAgainstStall(signal, stallMs);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes);
      guard.moved();
      onSent(Math.min(bytes.length, at + pieceBytes));
    }
  }
  try {
    const reply = await fetch(url, {
      method: 'PUT',
      body: pieces(),
      duplex: 'half',
      headers: { 'content-length': String(bytes.length), 'content-md5': md5 },
      redirect: 'error',
      signal: guard.signal,
    });
    await reply.body?.cancel();
    if (!reply.ok) throw new StorageRefusal(reply.status);
  } catch (error) {
    guard.signal.throwIfAborted();
    throw error;
  } finally {
    guard.stop();
  }
}
