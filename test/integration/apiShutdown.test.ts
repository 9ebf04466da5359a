import { request } from 'node:http';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess } from '../bench/apiProcess.ts';
import { anyStorage, caller, smallRun, startApi, until, type Api } from './apiHarness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
}, 60_000);
afterAll(async () => api?.stop());

it('a server that is told to stop says so first, then ends its streams with a hint, lets requests end, and is gone', async () => {
  const alice = await api.person('alice', ['runs']);
  const server = await startProcess('apps/api/src/server.ts', { ...api.environment, STOP_DELAY_SECONDS: '1' }, '/healthz');
  const call = caller(server.url, alice.key);
  const { id } = (await call<Run>('POST', '/v1/runs', smallRun)).body;
  const headers = { authorization: `Bearer ${alice.key}` };
  const stream = await fetch(`${server.url}/v1/runs/${id}/events`, { headers });
  const told = stream.text();

  // Half of a body is with the server when it is told to stop, the other half comes when it takes no more.
  const body = Buffer.from(JSON.stringify(smallRun));
  const slow = request(`${server.url}/v1/runs`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length } });
  const answered = new Promise<number | undefined>((resolve, reject) => slow.once('response', (response) => (response.resume(), resolve(response.statusCode))).once('error', reject));
  slow.write(body.subarray(0, 20));
  expect((await call('GET', '/readyz')).status).toBe(200);
  const began = performance.now();
  const stopped = server.stop();
  await until('it says so', async () => (await call('GET', '/readyz')).status === 503, 1);
  expect((await call('GET', `/v1/runs/${id}`)).status).toBe(200);

  const text = await told;
  expect(performance.now() - began).toBeGreaterThan(900);
  expect(text).toMatch(/^retry: 2000\n\nevent: run\n[^]*\n\nretry: \d+\n\n$/);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed');
  slow.end(body.subarray(20));
  expect(await answered).toBe(201);
  await stopped;
  expect(performance.now() - began).toBeLessThan(5000);
});
