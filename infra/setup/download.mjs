import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Fetches a file. Gives up when nothing has come for `connectSeconds` at the start or 20 s in the middle, so that a blocked or
 * stalled host costs little.
 * @param {string} url
 * @param {string} file
 * @param {{ connectSeconds?: number, maxBytes: number }} options
 */
export async function download(url, file, { connectSeconds = 5, maxBytes }) {
  const abort = new AbortController();
  const giveUp = (seconds) => setTimeout(() => abort.abort(new Error(`nothing came for ${seconds} s`)), seconds * 1000);
  let timer = giveUp(connectSeconds);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
    let bytes = 0;
    const watch = async function* (chunks) {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = giveUp(20);
        bytes += chunk.length;
        if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes came`);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file));
  } catch (error) {
    throw new Error(`${new URL(url).host} did not deliver: ${reason(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function reason(error) {
  const cause = error?.cause;
  return cause instanceof Error ? (cause.code ?? cause.message) : (error?.message ?? String(error));
}
