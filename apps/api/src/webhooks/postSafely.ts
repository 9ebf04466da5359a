import { lookup } from 'node:dns/promises';
import { request as requestByHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { checkUrl, isNamedNetwork, mayBeCalled, type PrivatePlaces, type Target } from './addressPolicy.ts';

export interface Address {
  address: string;
  family: number;
}

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<Address[]>;

export const resolveBySystem: Resolve = (host) => lookup(host, { all: true, order: 'verbatim' });

export interface PostInput {
  url: string;
  headers: Record<string, string>;
  body: string;
  places: PrivatePlaces;
  resolve: Resolve;
  /** For all of it, from the name to the end of the answer. */
  seconds: number;
}

export interface PostResult {
  /** Null where no answer came. */
  status: number | null;
  /** The first bytes of the answer, as one text without control characters. */
  response: string;
  /** Why no answer came, as much of it as may be told: not what a name stands for here, nor what listens in this network. */
  error: string | null;
}

const maxResponseBytes = 1024;
const maxHeaderBytes = 8192;
const unreachable = 'The receiver could not be reached at a public address. Check the host name, and that it listens there.';
const badCertificate = "The receiver's certificate is not trusted, or not for this host name.";

/**
 * Posts to an address that someone else has chosen. The host name is resolved once, each of its addresses must be one that may be
 * called, and the connection goes to those very addresses: a name that stands for another a moment later gains nothing. Redirects
 * are not followed, and of the answer only its beginning is read.
 */
export async function postSafely({ url, headers, body, places, resolve, seconds }: PostInput): Promise<PostResult> {
  const target = checkUrl(url, places);
  if (typeof target === 'string') return failed(`The address ${target}.`);
  const over = AbortSignal.timeout(seconds * 1000);
  try {
    const addresses = await unless(over, addressesOf(target, places, resolve));
    if (addresses === null) return failed(unreachable);
    const options: RequestOptions = { method: 'POST', headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, agent: false, lookup: pinnedTo(addresses), maxHeaderSize: maxHeaderBytes, signal: over };
    const answer = await send(target.url, options, body);
    return { status: answer.statusCode ?? null, response: await beginningOf(answer), error: null };
  } catch (error) {
    if (over.aborted) return failed(`No answer came within ${seconds} seconds.`);
    const { code = '' } = error as NodeJS.ErrnoException;
    // Told by a receiver that was found to be public, or was named by the operator.
    return failed(/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code) ? badCertificate : unreachable);
  }
}

const failed = (error: string): PostResult => ({ status: null, response: '', error });

/** Null where it has none that may be called, or any that may not. */
async function addressesOf({ url, host, named }: Target, places: PrivatePlaces, resolve: Resolve): Promise<Address[] | null> {
  const found = isIP(host) !== 0 ? [{ address: host, family: isIP(host) }] : await resolve(host);
  const may = ({ address }: Address): boolean => named || (url.protocol === 'http:' ? isNamedNetwork(address, places) : mayBeCalled(address, places));
  return found.length > 0 && found.every(may) ? found : null;
}

/** In the place of a lookup: what was found and judged before. */
const pinnedTo =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family ?? 4);
  };

const send = (url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = (url.protocol === 'https:' ? requestByHttps : requestByHttp)(url, options, resolve);
    asked.on('error', reject);
    asked.end(body);
  });

/** An answer that breaks off, or never ends, has said all the same whether the message was taken. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxResponseBytes) break;
    }
  } catch {
    // What came before counts.
  } finally {
    answer.destroy();
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8').replace(/[\p{Cc}\s\ufffd]+/gu, ' ').trim();
}

/** @throws the signal's reason when that comes first */
async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  return Promise.race([work, late]);
}
