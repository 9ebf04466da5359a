import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { RemoteFile } from '@thaw/contract/worker';
import { describeError } from './describeError.ts';
import { bytesOf } from './readBounded.ts';
import { retry, type Backoff } from './retry.ts';
import { guardAgainstStall } from './stallGuard.ts';

/** A file that the storage does not give, or not as it was promised. The message holds no presigned address. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** The storage answered that this address is no good (expired, missing): asking again at the same one is useless. */
class AddressRefused extends Error {}
class WrongBytes extends Error {}

export interface DownloadOptions {
  signal: AbortSignal;
  backoff?: Backoff;
  stallMs?: number;
  /** Tries on network failures, 429 and 5xx. With the default back-off 20 take about four minutes. */
  maxTries?: number;
  /** Tries on complete files with a wrong size or hash. */
  maxWrong?: number;
}

/**
 * Fetches `file` into `path` (created or overwritten, flushed to the disk) and checks size and SHA-256 on the way; never
 * writes more bytes than were promised.
 *
 * @throws DownloadError, the reason of `signal`, or the disk's error
 */
export async function download(file: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  const { signal, backoff = { firstMs: 500, maxMs: 15_000 }, stallMs = 60_000, maxTries = 20, maxWrong = 3 } = options;
  let failures = 0;
  let wrong = 0;
  try {
    await retry(() => downloadOnce(file, path, signal, stallMs), {
      signal,
      backoff,
      retryable: (error) => {
        if (error instanceof AddressRefused || isDiskError(error)) return false;
        if (error instanceof WrongBytes) return ++wrong < maxWrong;
        return ++failures < maxTries;
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (isDiskError(error)) throw error;
    throw new DownloadError(`${file.name} could not be fetched from the storage: ${describeError(error)}`);
  }
}

async function downloadOnce(file: RemoteFile, path: string, signal: AbortSignal, stallMs: number): Promise<void> {
  const guard = guardAgainstStall(signal, stallMs);
  try {
    const response = await fetch(file.url, { signal: guard.signal, redirect: 'error' });
    if (!response.ok) {
      await response.body?.cancel();
      const message = `the storage answers ${response.status}`;
      if (response.status === 408 || response.status === 429 || response.status >= 500) throw new Error(message);
      throw new AddressRefused(message);
    }
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(path, 'w');
    try {
      for await (const chunk of bytesOf(response)) {
        guard.moved();
        bytes += chunk.byteLength;
        if (bytes > file.bytes) throw new WrongBytes(`it is longer than the ${file.bytes} bytes that were promised`);
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (bytes !== file.bytes) throw new WrongBytes(`${bytes} bytes came instead of ${file.bytes}`);
    if (hash.digest('hex') !== file.sha256) throw new WrongBytes('its SHA-256 is not the one that was promised');
  } catch (error) {
    // The guard's reason says more than fetch's AbortError.
    if (guard.signal.aborted) throw guard.signal.reason;
    throw error;
  } finally {
    guard.stop();
  }
}

const diskErrors = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO', 'ENOENT']);
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error && diskErrors.has(String(error.code));
}
