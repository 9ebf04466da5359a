import { openListener } from '@thaw/db/listener';
import { createApp } from '@thaw/api/app';
import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import { openFeed, type Feed } from '@thaw/api/stream/feed';
import type { TrainerEvent } from '@thaw/contract/events';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, epochOf, iteration, smallRun, startApi, started, until, type Api, type Attempt, type Person } from './apiHarness.ts';
import { startGate } from './databaseGate.ts';
import { followEvents, type Message } from './eventStream.ts';

let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());

/** The stream of a run of Alice's. */
async function follow(url: string, run: string, lastEventId?: string) {
  const stream = await followEvents(url, `/v1/runs/${run}/events`, alice.key, lastEventId);
  const batches = () => stream.messages.filter(({ event }) => event === 'batch') as (Message & { data: { attempt: number; events: TrainerEvent[] } })[];
  return {
    ...stream,
    batches,
    steps: () => batches().flatMap(({ data }) => data.events.flatMap((event) => (event.type === 'iteration' ? [event.step] : []))),
  };
}

async function running(): Promise<{ id: string; attempt: Attempt }> {
  const { id } = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
  const attempt = await claim(api, id);
  if (attempt === null) throw new Error('no run to claim');
  return { id, attempt };
}

describe('the stream of a run', () => {
  it('begins with the run, brings each batch as it comes, and ends with the run', async () => {
    const { id, attempt } = await running();
    const stream = await follow(api.url, id);
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await until('the run', () => Promise.resolve(stream.messages.length > 0));
    expect(stream.messages[0]).toMatchObject({ event: 'run', id: undefined, data: { id, status: 'running' } });

    const began = performance.now();
    await attempt.events(0, [started(), iteration(1), iteration(2, 'NaN')]);
    await until('the first batch', () => Promise.resolve(stream.batches().length === 1));
    // By the notification, not by the next look.
    expect(performance.now() - began).toBeLessThan(1000);
    expect(stream.batches()[0]).toMatchObject({ id: expect.stringMatching(/^\d+$/), data: { attempt: 1, events: [{}, {}, { loss: 'NaN' }] } });
    await attempt.events(1, [iteration(3)]);
    await attempt.finish('succeeded');
    await stream.ended;
    expect(stream.steps()).toEqual([1, 2, 3]);
    expect(stream.messages.at(-1)).toMatchObject({ event: 'end', data: { status: 'succeeded' } });
    expect(stream.messages.findLast(({ event }) => event === 'run')?.data).toMatchObject({ status: 'succeeded', step: 3 });
  });

  it('goes on after Last-Event-ID: nothing lost, nothing twice', async () => {
    const { id, attempt } = await running();
    await attempt.events(0, [started()]);
    for (let n = 1; n <= 5; n++) await attempt.events(n, [iteration(n)]);
    const cut = await follow(api.url, id);
    await until('five batches', () => Promise.resolve(cut.steps().length === 5));
    await cut.leave();
    await attempt.events(6, [iteration(6)]);

    const third = cut.batches()[3];
    const again = await follow(api.url, id, third?.id);
    await attempt.events(7, [iteration(7)]);
    await until('all later batches', () => Promise.resolve(again.steps().at(-1) === 7));
    expect(again.steps()).toEqual([4, 5, 6, 7]);
    await attempt.finish('succeeded');
    await again.ended;

    // A client that has seen the end and connects once more, as EventSource does, is told not to.
    const end = again.messages.at(-1);
    const over = await follow(api.url, id, end?.id);
    expect({ status: over.response.status, event: end?.event }).toEqual({ status: 204, event: 'end' });
    // One that was cut off just before it gets it.
    const late = await follow(api.url, id, again.batches().at(-1)?.id);
    await late.ended;
    expect(late.messages.map(({ event }) => event)).toEqual(['run', 'end']);
    for (const odd of ['nonsense', '99999999999999']) {
      const whole = await follow(api.url, id, odd);
      await whole.ended;
      expect(whole.steps()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('is the same through another API process, and picks up again when that one ends', async () => {
    const { id, attempt } = await running();
    const other = await startServer(readServerEnvironment(api.environment), createLog('other', 'silent'));
    const stream = await follow(other.url, id);
    await attempt.events(0, [started(), ...epochOf(1)]);
    await until('the epoch', () => Promise.resolve(stream.steps().length === 3));
    const began = performance.now();
    await other.close();
    await stream.ended;
    expect(performance.now() - began).toBeLessThan(5000);
    expect(stream.messages.some(({ event }) => event === 'end')).toBe(false);
    await attempt.events(1, epochOf(2));
    const again = await follow(api.url, id, stream.batches().at(-1)?.id);
    await until('the next epoch', () => Promise.resolve(again.steps().length === 3));
    expect(again.steps()).toEqual([4, 5, 6]);
    await again.leave();
  });

  it('ends when the run is deleted', async () => {
    const { id, attempt } = await running();
    await attempt.finish('failed', { code: 'diverged' });
    await alice.call('POST', `/v1/runs/${id}/resume`);
    const stream = await follow(api.url, id);
    await until('the run', () => Promise.resolve(stream.messages.length > 0));
    await alice.call('POST', `/v1/runs/${id}/cancel`);
    await alice.call('DELETE', `/v1/runs/${id}`);
    await stream.ended;
  });

  it('and the API are back at once when the database was away', async () => {
    const { id, attempt } = await running();
    const database = await startGate(api.servers.databaseUrl);
    const other = await startServer(readServerEnvironment({ ...api.environment, DATABASE_URL: database.url }), createLog('other', 'silent'));
    const call = caller(other.url, alice.key);
    const ask = () => Promise.all(Array.from({ length: 30 }, async () => (await call('GET', `/v1/runs/${id}`)).status));
    const stream = await follow(other.url, id);
    await attempt.events(0, [started(), iteration(1)]);
    await until('the step', () => Promise.resolve(stream.steps().length === 1));

    database.shut();
    expect(new Set([...(await ask()), ...(await ask())])).toEqual(new Set([503]));
    await attempt.events(1, [iteration(2)]);
    await database.open();
    const back = performance.now();
    await until('every request is answered', async () => (await ask()).every((status) => status === 200));
    await until('the next step', () => Promise.resolve(stream.steps().length === 2));
    expect(performance.now() - back).toBeLessThan(5000);
    await stream.leave();
    await other.close();
    database.close();
  });

  it('reaches many followers over a handful of database connections', async () => {
    const { id, attempt } = await running();
    await attempt.events(0, [started()]);
    const followers = await Promise.all(Array.from({ length: 200 }, () => follow(api.url, id)));
    const big = Array.from({ length: 400 }, (_, n) => iteration(n + 1));
    for (let seq = 0; seq < 5; seq++) expect(await attempt.events(seq + 1, big.slice(seq * 80, seq * 80 + 80))).toMatchObject({ status: 204 });
    await until('all steps at all followers', () => Promise.resolve(followers.every(({ steps }) => steps().length === 400)), 20);
    const rows = await api.sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity where application_name in ('thaw-api', 'thaw-api-listen')`;
    expect(rows[0]?.count).toBeLessThanOrEqual(12);
    await attempt.finish('succeeded');
    await Promise.all(followers.map(({ ended }) => ended));
    const steps = Array.from({ length: 400 }, (_, n) => n + 1);
    for (const follower of followers) expect(follower.steps()).toEqual(steps);
  });
});

describe('a silent stream', () => {
  it('is kept open by comments, is left by those who go, and a HEAD request starts none', async () => {
    const { id } = await running();
    const base = { db: api.db, storage: api.storage, log: createLog('test', 'silent'), settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } };
    const feed = openFeed({ db: api.db, databaseUrl: api.servers.databaseUrl, storage: api.storage, settings: base.settings, log: base.log });
    let following = 0;
    const counting: Feed = {
      ...feed,
      runs: {
        follow: async (run) => {
          const { topic, leave } = await feed.runs.follow(run);
          following++;
          return { topic, leave: () => (following--, leave()) };
        },
      },
    };
    const app = createApp({ base, feed: counting, pingSeconds: 0.1 });
    const headers = { authorization: `Bearer ${alice.key}` };
    const head = await app.request(`/v1/runs/${id}/events`, { method: 'HEAD', headers });
    expect({ type: head.headers.get('content-type'), following }).toEqual({ type: expect.stringContaining('text/event-stream'), following: 0 });

    const response = await app.request(`/v1/runs/${id}/events`, { headers });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      expect(following).toBe(1);
      text += chunk;
      if (text.split(': ping\n\n').length > 3) break;
    }
    expect(text).toMatch(/^retry: \d+\n\nevent: run\n/);
    await until('nobody follows', () => Promise.resolve(following === 0));
    await feed.close();
  });
});

describe('a listener', () => {
  it('is there again after its connection was cut, without missing the need to look', async () => {
    let gaps = 0;
    const heard: string[] = [];
    const listener = openListener({ url: api.servers.databaseUrl, name: 'cut-me', on: { cut_test: (payload) => void heard.push(payload) }, onGap: () => gaps++, probeSeconds: 0.3 });
    const say = () => api.sql`select pg_notify('cut_test', 'x')`;
    await until('the first notification', async () => (await say(), heard.length > 0));
    const before = gaps;
    await api.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut-me'`;
    await until('it listens again', () => Promise.resolve(gaps > before));
    heard.length = 0;
    await until('a notification', async () => (await say(), heard.length > 0));
    await listener.close();
  });
});
