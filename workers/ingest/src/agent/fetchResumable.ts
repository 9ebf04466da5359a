import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { describeError } from '@thaw/worker-agent/describeError';
import { bytesOf } from '@thaw/worker-agent/readBounded';
import { retry, type Backoff } from '@thaw/worker-agent/retry';
import { guardAgainstStall } from '@thaw/worker-agent/stallGuard';
import { IngestError } from '../ingestError.ts';

export interface SourceFile {
  /** For messages. */
  name: string;
  bytes: number;
  /** Null: nobody knows it. */
  sha256: string | null;
  /** The address as it is known, or a fresh one when that is refused. */
  address(fresh: boolean): Promise<string>;
}

export interface FetchOptions {
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
  backoff?: Backoff;
  stallMs?: number;
  /** Tries in a row that bring not one byte. With the default back-off 20 take about four minutes. */
  maxTries?: number;
}

class TooLong extends Error {}

/**
 * Fetches a large file into `path` (created or overwritten, flushed to the disk). A break costs nothing that is here already: it
 * goes on from where it stopped, at a fresh address where the old one has expired. Never writes more bytes than were promised.
 * @throws IngestError (`storage_unavailable`, `upload_damaged`), the reason of `signal`, or the disk's error
 */
export async function fetchResumable(file: SourceFile, path: string, options: FetchOptions): Promise<void> {
  const { signal, onBytes, backoff = { firstMs: 500, maxMs: 15_000 }, stallMs = 60_000, maxTries = 20 } = options;
  const handle = await open(path, 'w');
  let hash = createHash('sha256');
  let at = 0;
  let fresh = false;
  let fruitless = 0;

  const once = async (): Promise<void> => {
    const url = await file.address(fresh);
    fresh = false;
    const guard = guardAgainstStall(signal, stallMs);
    try {
      const response = await fetch(url, { signal: guard.signal, redirect: 'error', ...(at > 0 && { headers: { range: `bytes=${at}-` } }) });
      if (!response.ok) {
        await response.body?.cancel();
        // Expired, or signed for another host: another address may do.
        fresh = response.status < 500 && response.status !== 429;
        throw new Error(`the storage answers ${response.status}`);
      }
      if (at > 0 && response.status !== 206) {
        hash = createHash('sha256');
        at = 0;
      }
      for await (const chunk of bytesOf(response)) {
        guard.moved();
        if (at + chunk.length > file.bytes) throw new TooLong();
        hash.update(chunk);
        await writeAll(chunk, at);
        at += chunk.length;
        fruitless = 0;
        onBytes(at);
      }
      if (at < file.bytes) throw new Error(`the storage ended at byte ${at} of ${file.bytes}`);
    } catch (error) {
      // The guard's reason says more than fetch's AbortError.
      if (guard.signal.aborted) throw guard.signal.reason;
      throw error;
    } finally {
      guard.stop();
    }
  };
  const writeAll = async (chunk: Uint8Array, position: number): Promise<void> => {
    for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  };

  try {
    await retry(once, { signal, backoff, retryable: (error) => !(error instanceof TooLong) && !isDiskError(error) && ++fruitless < maxTries });
    await handle.truncate(at);
    await handle.sync();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooLong) throw damaged(file.name, `it has more than the ${file.bytes} bytes that were uploaded`);
    if (isDiskError(error)) throw error;
    throw new IngestError('storage_unavailable', `${file.name} could not be fetched from the storage: ${describeError(error)}`, { cause: error });
  } finally {
    await handle.close();
  }
  if (file.sha256 !== null && hash.digest('hex') !== file.sha256) throw damaged(file.name, 'its SHA-256 is not that of what was uploaded');
}

const damaged = (name: string, why: string): IngestError => new IngestError('upload_damaged', `${name} is damaged: ${why}. Upload it once more.`);

/** Errors of the network have a syscall too, but none of these codes. */
const diskErrors = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO', 'ENOENT', 'EFBIG']);
export function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error && diskErrors.has(String(error.code));
}
