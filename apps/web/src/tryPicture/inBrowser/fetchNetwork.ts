import { BrowserProblem, orProblem } from './BrowserProblem.ts';
import type { NetworkFile } from './messages.ts';
import { networkCache } from './networkCache.ts';

/** So many of the newest stay in the browser: two runs, before and after, and one more. */
const kept = 5;

/**
 * The bytes of a network, from the browser's own store where they were fetched before.
 * @param onLoaded is told the bytes that have come
 * @throws BrowserProblem
 */
export async function fetchNetwork({ url, bytes, sha256 }: NetworkFile, onLoaded: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const key = new URL(`/networks/${sha256}`, url).href;
  // Pages without https have no such store, and private windows may refuse it.
  const store = await open().catch(() => null);
  const stored = await store?.match(key).catch(() => undefined);
  if (stored !== undefined) {
    const known = new Uint8Array(await stored.arrayBuffer());
    if (known.length === bytes) return known;
  }
  const fresh = await orProblem('download', () => download(url, bytes, onLoaded));
  if (isSecureContext && (await hashOf(fresh)) !== sha256) throw new BrowserProblem('damaged');
  if (store !== null) await keep(store, key, fresh).catch(() => undefined);
  return fresh;
}

const open = async (): Promise<Cache | null> => (typeof caches === 'undefined' ? null : caches.open(networkCache));

async function download(url: string, bytes: number, onLoaded: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url);
  if (!answer.ok || answer.body === null) throw new Error(`The server answered with status ${answer.status}.`);
  const file = new Uint8Array(bytes);
  let loaded = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (loaded + part.value.length > bytes) throw new BrowserProblem('damaged');
    file.set(part.value, loaded);
    loaded += part.value.length;
    onLoaded(loaded);
  }
  if (loaded < bytes) throw new Error(`${loaded} of ${bytes} bytes came.`);
  return file;
}

/** Hex. Pages without https have no means for it. */
async function hashOf(file: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function keep(store: Cache, key: string, file: Uint8Array<ArrayBuffer>): Promise<void> {
  const keys = await store.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length + 1 - kept))) await store.delete(old);
  await store.put(key, new Response(file, { headers: { 'content-type': 'application/octet-stream' } }));
}
