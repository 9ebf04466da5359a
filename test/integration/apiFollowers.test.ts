import { createConnection, type Socket } from 'node:net';
import type { TrainerEvent } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, type ServingProcess } from '../bench/apiProcess.ts';
import { measureFollowers } from '../bench/followers.ts';
import { anyStorage, caller, claim, iteration, smallRun, startApi, started, until, type Api } from './apiHarness.ts';

it('a hundred followers on one process have every batch once and in order', async () => {
  const { complete, resident } = await measureFollowers({ followers: 100, batches: 30 });
  expect(complete).toBe(100);
  expect(resident.highest).toBeLessThan(400);
}, 60_000);

describe('followers that do not read', () => {
  let api: Api;
  let server: ServingProcess;
  beforeAll(async () => {
    api = await startApi({ s3: anyStorage });
    server = await startProcess('apps/api/src/server.ts', { ...api.environment, LOG_LEVEL: 'warn' }, '/healthz');
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await api?.stop();
  });

  it('take no memory, and get everything once they read', async () => {
    const owner = await api.person('owner', ['runs']);
    const { id } = (await caller(server.url, owner.key)<Run>('POST', '/v1/runs', smallRun)).body;
    const attempt = await claim({ ...api, url: server.url }, id);
    const sockets = Array.from({ length: 40 }, (): { socket: Socket; text: () => string } => {
      const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket.write(`GET /v1/runs/${id}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${owner.key}\r\n\r\n`);
      return { socket, text: () => text };
    });
    await until('all follow', () => Promise.resolve(sockets.every(({ text }) => text().includes('event: run'))));
    const [quick, ...slow] = sockets;
    for (const { socket } of slow) socket.pause();
    const before = server.usage().resident;
    // 16 MB, which would be 640 MB for all of them.
    const line = 'x'.repeat(990);
    await attempt?.events(0, [started()]);
    for (let seq = 1; seq <= 16; seq++) await attempt?.events(seq, [...Array.from({ length: 1000 }, (): TrainerEvent => ({ type: 'log', step: 0, level: 'info', message: line })), iteration(seq)]);
    await until('who reads has the last step', () => Promise.resolve(quick?.text().includes('"step":16') === true), 20);
    expect(server.usage().resident - before).toBeLessThan(250);
    await attempt?.finish('succeeded');
    const last = slow[0];
    last?.socket.resume();
    await until('the other has it too', () => Promise.resolve(last?.text().includes('event: end') === true), 20);
    expect(last?.text().match(/"type":"iteration","step":\d+/g)?.length ?? 0).toBe(16);
    for (const { socket } of sockets) socket.destroy();
  });
});
