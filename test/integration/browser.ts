import type { Problem } from '@thaw/contract/problems';
import { request } from 'node:http';

export interface Answer<T> {
  status: number;
  headers: Headers;
  setCookie: string[];
  body: T;
}

export interface Sending {
  body?: unknown;
  headers?: Record<string, string | null>;
}

export interface Browser {
  cookies: Map<string, string>;
  /** Sends its cookies and, as browsers do, the origin of its page. A header that is null is left out. */
  send: <T = Problem>(method: string, path: string, sending?: Sending) => Promise<Answer<T>>;
}

/** A browser on a page of `origin`, at an address of its own: 127.0.0.1 and all like it are this machine. */
export function openBrowser(url: string, { address = '127.0.0.1', origin = url }: { address?: string; origin?: string } = {}): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    send: async <T>(method: string, path: string, { body, headers = {} }: Sending = {}) => {
      const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const all: Record<string, string | null> = {
        'user-agent': 'Test/1.0',
        ...(method !== 'GET' && { origin }),
        ...(jar !== '' && { cookie: jar }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      };
      const sent = Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
      const answer = await sendFrom(address, new URL(path, url), { method, headers: sent, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
      for (const cookie of answer.setCookie) {
        const [pair = ''] = cookie.split(';');
        const at = pair.indexOf('=');
        if (/max-age=0/i.test(cookie)) cookies.delete(pair.slice(0, at));
        else cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
      const isJson = /json/.test(answer.headers.get('content-type') ?? '');
      return { ...answer, body: (isJson ? JSON.parse(answer.text) : answer.text) as T };
    },
  };
}

function sendFrom(localAddress: string, url: URL, { method, headers, body }: { method: string; headers: Record<string, string>; body?: string }) {
  return new Promise<{ status: number; headers: Headers; setCookie: string[]; text: string }>((resolve, reject) => {
    const sending = request(url, { method, headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) }, localAddress, agent: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.once('error', reject);
      reply.once('end', () => {
        const flat = Object.entries(reply.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : []));
        resolve({ status: reply.statusCode ?? 0, headers: new Headers(flat), setCookie: reply.headers['set-cookie'] ?? [], text: Buffer.concat(chunks).toString() });
      });
    });
    sending.once('error', reject);
    sending.end(body);
  });
}
