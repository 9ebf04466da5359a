import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forwardToApi } from '../src/api/forwardToApi.ts';
import { noteClientAddresses } from '../src/noteClientAddresses.ts';

let api: Server;
let url: string;
let seen: IncomingMessage;
let body = '';
let gone: Promise<void>;

beforeAll(async () => {
  api = createServer((request, response) => {
    seen = request;
    gone = new Promise((resolve) => response.once('close', resolve));
    if (request.url === '/v1/stream') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': first\n\n');
    if (request.url?.startsWith('/v1/file') === true) return void response.writeHead(302, { location: 'http://storage.invalid/x?signature=1' }).end();
    body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => response.writeHead(201, { location: '/v1/runs/1', 'set-cookie': ['a=1; HttpOnly', 'b=2'], 'x-request-id': 'r' }).end('{}'));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
});
afterAll(() => api.closeAllConnections());

const ask = (path: string, init?: RequestInit): Promise<Response> => forwardToApi(new Request(`http://dashboard.example:3000${path}`, init), url);

it('passes on what was asked and what is answered, cookies too, but nothing of the connection and no trick', async () => {
  const headers = { cookie: 's=1', origin: 'http://dashboard.example:3000', 'content-type': 'application/json', 'idempotency-key': 'k', 'x-middleware-subrequest': 'middleware', te: 'trailers' };
  const answer = await ask('/api/v1/runs?a=%2F&b=1', { method: 'POST', headers, body: '{"preset":"quick"}' });
  expect([seen.method, seen.url, body]).toEqual(['POST', '/v1/runs?a=%2F&b=1', '{"preset":"quick"}']);
  expect(seen.headers).toMatchObject({ cookie: 's=1', origin: headers.origin, 'idempotency-key': 'k', 'x-forwarded-host': 'dashboard.example:3000', 'x-forwarded-proto': 'http' });
  expect([seen.headers['x-middleware-subrequest'], seen.headers.te]).toEqual([undefined, undefined]);
  expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie(), answer.headers.get('x-request-id')]).toEqual([201, '/api/v1/runs/1', ['a=1; HttpOnly', 'b=2'], 'r']);
});

it('answers a redirect and follows none', async () => {
  const answer = await ask('/api/v1/file');
  expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://storage.invalid/x?signature=1']);
});

it('passes on a stream as it comes, and ends it when its reader is gone', async () => {
  const reader = new AbortController();
  const answer = await ask('/api/v1/stream', { signal: reader.signal });
  const first = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(first?.value)).toBe(': first\n\n');
  reader.abort();
  await gone;
});

it('says so in the terms of the API where that does not answer', async () => {
  const answer = await forwardToApi(new Request('http://dashboard.example/api/v1/runs'), 'http://127.0.0.1:9');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
  expect(await answer.json()).toMatchObject({ type: 'urn:thaw:problem:unavailable', detail: 'The API does not answer. Try again in a moment.' });
});

it('says where each request comes from, behind what the client says itself', async () => {
  noteClientAddresses();
  await fetch(`${url}/v1/runs`, { method: 'POST', headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(seen.headers['x-forwarded-for']).toBe('203.0.113.9, 127.0.0.1');
  await fetch(`${url}/v1/runs`, { method: 'POST' });
  expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1');
});
