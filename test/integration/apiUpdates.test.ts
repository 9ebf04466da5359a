import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import type { DatasetVersion } from '@thaw/contract/datasets';
import type { TrainerEvent } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, iteration, smallRun, startApi, started, until, type Api, type Attempt, type Person } from './apiHarness.ts';
import { followEvents, type Message } from './eventStream.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

interface Updates {
  messages: { event: string; id: string | null; data: unknown }[];
  after: string;
  ended: boolean;
}

let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());

const ask = async (path: string, after?: string, call = alice.call): Promise<Updates> => {
  const reply = await call<Updates>('GET', `${path}${after === undefined ? '' : `?after=${after}`}`);
  expect(reply.status).toBe(200);
  return reply.body;
};

async function running(): Promise<{ id: string; updates: string; attempt: Attempt }> {
  const { id } = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
  const attempt = await claim(api, id);
  if (attempt === null) throw new Error('no run to claim');
  return { id, updates: `/v1/runs/${id}/updates`, attempt };
}

const stepsOf = (messages: readonly (Message | Updates['messages'][number])[]): number[] =>
  messages.flatMap(({ event, data }) => (event === 'batch' ? (data as { events: TrainerEvent[] }).events.flatMap((one) => (one.type === 'iteration' ? [one.step] : [])) : []));
const kinds = ({ messages }: Updates): string[] => messages.map(({ event }) => event);

describe('asking for updates of a run', () => {
  it('gives the messages of its stream, with the same ids, and says when it is over', async () => {
    const { id, updates, attempt } = await running();
    const fresh = await ask(updates);
    expect(fresh).toMatchObject({ messages: [{ event: 'run', id: null, data: { id, status: 'running' } }], after: '0', ended: false });
    await attempt.events(0, [started(), iteration(1, 'NaN')]);
    await attempt.events(1, [iteration(2)]);
    const first = await ask(updates, fresh.after);
    expect(kinds(first)).toEqual(['run', 'batch', 'batch']);
    expect(await ask(updates, first.after)).toMatchObject({ messages: [{ event: 'run' }], after: first.after, ended: false });
    await attempt.events(2, [iteration(3)]);
    await attempt.finish('succeeded');
    const last = await ask(updates, first.after);
    expect(last).toMatchObject({ messages: [{ event: 'run', data: { status: 'succeeded' } }, { event: 'batch' }, { event: 'end', data: { status: 'succeeded' } }], ended: true });
    expect(await ask(updates, last.after)).toEqual({ messages: [], after: last.after, ended: true });

    const stream = await followEvents(api.url, `/v1/runs/${id}/events`, alice.key);
    await stream.ended;
    const whole = await ask(updates);
    expect(whole.messages.map((message) => ({ ...message, id: message.id ?? undefined }))).toEqual(stream.messages);
    expect((await followEvents(api.url, `/v1/runs/${id}/events`, alice.key, whole.after)).response.status).toBe(204);
    for (const odd of ['nonsense', '99999999999999', '99999999999999-end']) expect(stepsOf((await ask(updates, odd)).messages)).toEqual([1, 2, 3]);
  });

  it('loses and doubles nothing for who mixes it with streams, through any process', async () => {
    const { id, updates, attempt } = await running();
    const other = await startServer(readServerEnvironment(api.environment), createLog('other', 'silent'));
    await attempt.events(0, [started()]);
    const seen: number[] = [];
    let after = '';
    let step = 0;
    for (let turn = 0; turn < 8; turn++) {
      for (let n = 0; n < 3; n++) await attempt.events(++step, [iteration(step)]);
      const url = turn % 3 === 0 ? other.url : api.url;
      if (turn % 2 === 0) {
        const { messages, after: next } = await ask(updates, after, caller(url, alice.key));
        seen.push(...stepsOf(messages));
        after = next;
        continue;
      }
      const stream = await followEvents(url, `/v1/runs/${id}/events`, alice.key, after);
      await until('the newest step', () => Promise.resolve(stepsOf(stream.messages).at(-1) === step));
      await stream.leave();
      seen.push(...stepsOf(stream.messages));
      after = stream.messages.findLast((message) => message.event === 'batch')?.id ?? '';
    }
    expect(seen).toEqual(Array.from({ length: 24 }, (_, n) => n + 1));
    await other.close();
  });

  it('answers a long log in pages of bounded size, and goes on when an ended run is resumed', async () => {
    const { id, updates, attempt } = await running();
    const line = 'x'.repeat(900);
    const said = Array.from({ length: 400 }, (): TrainerEvent => ({ type: 'log', step: 0, level: 'info', message: line }));
    await attempt.events(0, [started()]);
    for (let seq = 1; seq <= 6; seq++) await attempt.events(seq, [...said, iteration(seq)]);
    await attempt.finish('failed', { code: 'diverged' });
    const pages: Updates[] = [];
    for (let page = await ask(updates); ; page = await ask(updates, page.after)) {
      pages.push(page);
      if (page.ended) break;
    }
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.slice(0, -1).every((page) => JSON.stringify(page).length < 2_000_000 && !page.ended && !kinds(page).includes('end'))).toBe(true);
    expect(stepsOf(pages.flatMap(({ messages }) => messages))).toEqual([1, 2, 3, 4, 5, 6]);
    const stream = await followEvents(api.url, `/v1/runs/${id}/events`, alice.key);
    await stream.ended;
    expect(stepsOf(stream.messages)).toEqual([1, 2, 3, 4, 5, 6]);

    const end = pages.at(-1)?.after ?? '';
    await alice.call('POST', `/v1/runs/${id}/resume`);
    expect(await ask(updates, end)).toMatchObject({ messages: [{ event: 'run', data: { status: 'queued' } }], after: end.replace('-end', ''), ended: false });
  });

  it("is nobody else's, and says what an id may be", async () => {
    const { updates } = await running();
    const bob = await api.person('bob', ['read']);
    expect((await bob.call('GET', updates)).status).toBe(404);
    expect((await alice.call('GET', '/v1/runs/none/updates')).status).toBe(404);
    expect((await alice.call('GET', `${updates}?after=${'9'.repeat(200)}`)).status).toBe(422);
  });
});

it('asking for updates of an import gives its progress and its end', async () => {
  const target = await uploadedDataset(api, alice);
  const path = `/v1/datasets/${target.dataset}/versions/1/updates`;
  const shown = ({ messages }: Updates) => messages.map(({ event, id, data }) => [event, id, (data as DatasetVersion).status, (data as DatasetVersion).progress?.images]);
  const first = await ask(path);
  expect({ shown: shown(first), ended: first.ended }).toEqual({ shown: [['version', null, 'queued', undefined]], ended: false });
  const ingest = await claimIngest(api, target);
  await ingest?.heartbeat({ images: 1 });
  expect(shown(await ask(path, first.after))).toEqual([['version', null, 'importing', 1]]);
  await ingest?.complete(petImages());
  const last = await ask(path, first.after);
  expect(shown(last)).toEqual([['version', null, 'ready', 1], ['end', 'end', 'ready', undefined]]);
  expect(await ask(path, last.after)).toEqual({ messages: [], after: 'end', ended: true });
  expect((await followEvents(api.url, path.replace('updates', 'events'), alice.key, last.after)).response.status).toBe(204);
  const bob = await api.person('bob', ['read']);
  expect((await bob.call('GET', path)).status).toBe(404);
});
