/** The storage did not take a part. Status 0: it was not reached. */
export class StorageRefusal extends Error {
  readonly status: number;
  constructor(status: number) {
    super(status === 0 ? 'the storage is not reached' : `the storage answers ${status}`);
    this.status = status;
  }
}

/** A transfer in which nothing moves for so long is given up. */
const stallMilliseconds = 60_000;

/**
 * Sends one part to a presigned address. (By XMLHttpRequest: fetch does not tell how much has left.) `onSent` is told how many of its
 * bytes have left.
 * @throws StorageRefusal, or the signal's reason
 */
export function putPart(url: string, part: Blob, signal: AbortSignal, onSent: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const request = new XMLHttpRequest();
    let moved = performance.now();
    const watch = setInterval(() => performance.now() - moved > stallMilliseconds && request.abort(), 5_000);
    const abort = (): void => request.abort();
    const end = (): void => {
      clearInterval(watch);
      signal.removeEventListener('abort', abort);
    };
    request.upload.onprogress = ({ loaded }) => {
      moved = performance.now();
      onSent(Math.min(loaded, part.size));
    };
    request.onload = () => {
      end();
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new StorageRefusal(request.status));
    };
    request.onerror = request.onabort = () => {
      end();
      reject(signal.aborted ? (signal.reason as Error) : new StorageRefusal(0));
    };
    signal.addEventListener('abort', abort);
    request.open('PUT', url);
    request.send(part);
  });
}
