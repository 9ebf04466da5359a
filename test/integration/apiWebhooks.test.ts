import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Run } from '@thaw/contract/runs';
import { webhookMessage, type Webhook, type WebhookDelivery, type WebhookWithSecret } from '@thaw/contract/webhooks';
import { createLog } from '@thaw/api/log';
import { noPrivatePlaces, readPrivatePlaces } from '@thaw/api/webhooks/addressPolicy';
import { announceRun } from '@thaw/api/webhooks/announce';
import { claimDeliveries } from '@thaw/api/webhooks/claimDeliveries';
import { postSafely, type Resolve } from '@thaw/api/webhooks/postSafely';
import { sealingKey } from '@thaw/api/webhooks/sealSecret';
import { startDeliveries } from '@thaw/api/webhooks/startDeliveries';
import { sweepDeliveries } from '@thaw/api/webhooks/sweepDeliveries';
import { run } from '@thaw/db/schema/run';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyStorage, claim, smallRun, startApi, until, type Api, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';
import { accept, hang, refuse, startReceiver, verified, type Receiver } from './webhookReceiver.ts';

let api: Api;
let alice: Person;
let receiver: Receiver;
let sending: { close: () => Promise<void> } | null = null;

const answerSeconds = 1;
const allEvents = ['run.started', 'run.succeeded', 'run.failed', 'run.cancelled', 'dataset.ready', 'dataset.failed'] as const;
const log = createLog('test', 'silent');
const noName: Resolve = () => Promise.reject(new Error('no name is asked for here'));

/** What the dispatcher does with webhooks, in this process. */
function send(resolve: Resolve = noName, authSecret = api.environment['AUTH_SECRET'] ?? ''): void {
  const ctx = { db: api.db, log, key: sealingKey(authSecret), places: readPrivatePlaces('127.0.0.1,hooks.test'), resolve, answerSeconds };
  sending = startDeliveries({ ctx, databaseUrl: api.servers.databaseUrl, pollSeconds: 0.2 });
}

const made = async (person: Person, url = receiver.url, events: readonly string[] = allEvents): Promise<WebhookWithSecret> => {
  const { status, body } = await person.call<WebhookWithSecret>('POST', '/v1/webhooks', { name: 'hook', url, events });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
};
const deliveries = async (person: Person, id: string, query = ''): Promise<WebhookDelivery[]> =>
  (await person.call<{ items: WebhookDelivery[] }>('GET', `/v1/webhooks/${id}/deliveries${query}`)).body.items;
const newest = async (person: Person, id: string): Promise<WebhookDelivery> => {
  const [first] = await deliveries(person, id);
  if (first === undefined) throw new Error('no delivery');
  return first;
};
const ended = (person: Person, id: string) => until('the delivery has ended', async () => (await newest(person, id)).status !== 'pending');
const ping = async (person: Person, id: string): Promise<void> => void expect((await person.call('POST', `/v1/webhooks/${id}/test`)).status).toBe(202);
/** Ends a run of this person, which their webhooks are told of. */
const cancelled = async (person: Person): Promise<Run> => {
  const { id } = (await person.call<Run>('POST', '/v1/runs', smallRun)).body;
  return (await person.call<Run>('POST', `/v1/runs/${id}/cancel`)).body;
};
let people = 0;
const person = () => api.person(`person${++people}`, ['admin']);

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1,hooks.test' } });
}, 60_000);
afterAll(async () => api?.stop());
beforeEach(async () => {
  alice = await person();
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  await sending?.close();
  sending = null;
  await api.sql`delete from webhook`;
});

describe('a message', () => {
  it('tells of a run that begins and ends, signed by Standard Webhooks, a moment after it', async () => {
    const { id, secret } = await made(alice);
    send();
    const queued = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    await (await claim(api, queued.id))?.finish('succeeded');
    const finished = performance.now();
    await until('both have come', async () => receiver.received.length === 2);
    expect((receiver.received[1]?.at ?? 0) - finished).toBeLessThan(2000);

    const shown = (await alice.call<Run>('GET', `/v1/runs/${queued.id}`)).body;
    const messages = receiver.received.map((one) => webhookMessage.parse(verified(secret, one)));
    expect(messages).toMatchObject([
      { type: 'run.started', data: { id: queued.id, status: 'running', attempt: 1 } },
      { type: 'run.succeeded', timestamp: shown.finishedAt, data: { id: queued.id, name: shown.name, status: 'succeeded', result: shown.result, finishedAt: shown.finishedAt } },
    ]);
    expect(JSON.stringify(messages)).not.toMatch(/s3:\/\/|X-Amz|thaw_/);
    // By hand, beside the library.
    const [first] = receiver.received;
    const signed = `${first?.id}.${String(first?.headers['webhook-timestamp'])}.${first?.body}`;
    expect(first?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(signed).digest('base64')}`);

    await ended(alice, id);
    expect(await deliveries(alice, id)).toMatchObject([
      { id: receiver.received[1]?.id, type: 'run.succeeded', status: 'succeeded', attempts: 1, nextTryAt: null, tries: [{ responseStatus: 204, error: null }] },
      { id: receiver.received[0]?.id, type: 'run.started', status: 'succeeded' },
    ]);
  });

  it('tells of runs that fail or are cancelled and of imports, and of those events alone that are asked for', async () => {
    const [all, some] = [await made(alice), await made(alice, `${receiver.url}/some`, ['run.failed', 'dataset.ready'])];
    const bob = await person();
    const bobs = await made(bob, `${receiver.url}/bob`);
    const failing = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    await (await claim(api, failing.id))?.finish('failed', { code: 'invalid_data' });
    await cancelled(alice);
    const ready = await uploadedDataset(api, alice);
    await (await claimIngest(api, ready))?.complete(petImages());
    const bad = await uploadedDataset(api, alice);
    await (await claimIngest(api, bad))?.post('finish', { outcome: { status: 'failed', code: 'invalid_archive', message: 'no archive' } });

    const types = async (who: Person, { id }: Webhook) => (await deliveries(who, id)).map(({ type }) => type).reverse();
    expect(await types(alice, all)).toEqual(['run.started', 'run.failed', 'run.cancelled', 'dataset.ready', 'dataset.failed']);
    expect(await types(alice, some)).toEqual(['run.failed', 'dataset.ready']);
    expect(await types(bob, bobs)).toEqual([]);
    expect((await deliveries(alice, all.id)).map(({ message }) => message.data)).toMatchObject([
      { dataset: bad.dataset, version: 1, status: 'failed', failure: { code: 'invalid_archive' } },
      { dataset: ready.dataset, version: 1, status: 'ready', trainable: true, failure: null },
      { status: 'cancelled' },
      { id: failing.id, status: 'failed', failure: { code: 'invalid_data' } },
      { id: failing.id, status: 'running' },
    ]);
  });

  it('is there exactly if what it tells of is', async () => {
    const { id } = await made(alice);
    const { id: runId } = await cancelled(alice);
    expect(await deliveries(alice, id)).toHaveLength(1);
    const aborted = api.db.transaction(async (tx) => {
      const [row] = await tx.select().from(run).where(eq(run.id, runId));
      if (row !== undefined) await announceRun(tx, row);
      throw new Error('aborted');
    });
    await expect(aborted).rejects.toThrow('aborted');
    expect(await deliveries(alice, id)).toHaveLength(1);
  });

  it('is sent again under the same id until it is taken, more and more rarely', async () => {
    const { id, secret } = await made(alice);
    receiver.answerWith(refuse(500, 'out \u0000 of\norder '.padEnd(5000, 'x')));
    send();
    await cancelled(alice);
    const pauses = [];
    for (const tries of [1, 2]) {
      await until('a try has been noted', async () => (await newest(alice, id)).tries.length === tries);
      const delivery = await newest(alice, id);
      expect(delivery).toMatchObject({ status: 'pending', attempts: tries });
      const [last] = delivery.tries.slice(-1);
      expect(last).toMatchObject({ responseStatus: 500, error: expect.stringContaining('500') });
      expect(last?.response).toMatch(/^out of order x{900,1100}$/);
      pauses.push((Date.parse(delivery.nextTryAt ?? '') - Date.parse(last?.at ?? '')) / 1000);
      expect((await alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.failingSince).not.toBeNull();
      if (tries === 2) receiver.answerWith(accept);
      await api.sql`update webhook_delivery set next_try_at = now()`;
    }
    expect(pauses[0]).toBeGreaterThan(3.9);
    expect(pauses[0]).toBeLessThan(8);
    expect((pauses[1] ?? 0) / (pauses[0] ?? 1)).toBeGreaterThan(2);
    await ended(alice, id);
    expect(await newest(alice, id)).toMatchObject({ status: 'succeeded', attempts: 3, tries: [{ responseStatus: 500 }, { responseStatus: 500 }, { responseStatus: 204, error: null }] });
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
    for (const one of receiver.received) verified(secret, one);
    expect((await alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.failingSince).toBeNull();
  });

  it('outlives the dispatcher: killed before or while it sends, another sends it once more at most', async () => {
    const { id, secret } = await made(alice);
    const dispatchers: ChildProcess[] = [];
    const start = () => {
      const env = { ...api.environment, PATH: process.env['PATH'], THAW_LAUNCHER: 'none', S3_ENDPOINT: '', LOG_LEVEL: 'info' };
      const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('@thaw/api/dispatcher'))], { env, stdio: 'ignore' });
      dispatchers.push(child);
      return child;
    };
    try {
      receiver.answerWith(hang);
      await cancelled(alice);
      // Committed, and nobody to send it; then killed while it is being sent.
      const first = start();
      await until('the message is under way', async () => receiver.received.length === 1, 20);
      first.kill('SIGKILL');
      receiver.answerWith(accept);
      expect(await newest(alice, id)).toMatchObject({ status: 'pending', attempts: 1 });
      start();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      // Until its lease has expired it may still be under way.
      expect(receiver.received).toHaveLength(1);
      await api.sql`update webhook_delivery set lease_expires_at = now()`;
      await ended(alice, id);
      expect(await newest(alice, id)).toMatchObject({ status: 'succeeded', attempts: 2 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(receiver.received.map((one) => one.id)).toEqual([receiver.received[0]?.id, receiver.received[0]?.id]);
      for (const one of receiver.received) verified(secret, one);
    } finally {
      for (const child of dispatchers) child.kill('SIGKILL');
    }
  }, 40_000);

  it('is taken by one of two dispatchers', async () => {
    const { id } = await made(alice);
    for (let i = 0; i < 6; i++) await cancelled(alice);
    const taken = (await Promise.all([1, 2, 3, 4].map(() => claimDeliveries(api.db, { limit: 10, leaseSeconds: 30 })))).flat();
    expect(new Set(taken.map((one) => one.id)).size).toBe(taken.length);
    expect(taken.length).toBeGreaterThanOrEqual(2);
    expect(taken.every(({ webhookId, attempt }) => webhookId === id && attempt === 1)).toBe(true);
  });
});

describe('a receiver', () => {
  it('that hangs is given up after the time limit, and holds up nobody else', async () => {
    const slow = await startReceiver(hang);
    try {
      const hanging = await made(alice, slow.url);
      const quick = await made(alice);
      send();
      for (let i = 0; i < 6; i++) await cancelled(alice);
      const done = performance.now();
      await until('the quick one has all', async () => receiver.received.length === 6);
      expect(performance.now() - done).toBeLessThan(answerSeconds * 1000);
      await until('a try of the slow one has been noted', async () => (await deliveries(alice, hanging.id)).some(({ tries }) => tries.length > 0));
      expect(slow.mostAtOnce()).toBeLessThanOrEqual(2);
      const given = (await deliveries(alice, hanging.id)).flatMap(({ tries }) => tries);
      expect(given[0]).toMatchObject({ responseStatus: null, error: `No answer came within ${answerSeconds} seconds.` });
      expect(given[0]?.milliseconds).toBeGreaterThanOrEqual(answerSeconds * 1000 - 50);
      await until('all of the quick one are noted', async () => (await deliveries(alice, quick.id, '?status=succeeded')).length === 6);
    } finally {
      await slow.close();
    }
  });

  it('that has said 2xx has the message, whatever its answer does then', async () => {
    const { id } = await made(alice);
    receiver.answerWith((reply) => reply.writeHead(200).write('drip'));
    send();
    await cancelled(alice);
    await ended(alice, id);
    expect(await newest(alice, id)).toMatchObject({ status: 'succeeded', tries: [{ responseStatus: 200, response: 'drip' }] });
  });

  it('that has been away for days is switched off, with a note and an entry in the audit log', async () => {
    const { id } = await made(alice);
    await cancelled(alice);
    await cancelled(alice);
    await api.sql`update webhook set failing_since = now() - interval '4 days'`;
    await api.sql`update webhook_delivery set attempts = 9 where id = (select min(id) from webhook_delivery)`;
    await api.sql`update webhook_delivery set next_try_at = now() + interval '1 hour' where attempts = 0`;
    receiver.answerWith(refuse(503));
    send();
    await until('it is off', async () => !(await alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.enabled);
    expect((await alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.disabledReason).toMatch(/No message has arrived since .* switch the webhook on again/);
    expect((await deliveries(alice, id)).map(({ status }) => status)).toEqual(['failed', 'failed']);
    const audit = (await alice.call<{ items: { action: string; actor: string; subject: string }[] }>('GET', '/v1/audit')).body.items;
    expect(audit[0]).toMatchObject({ action: 'webhook_disabled', actor: 'system', subject: id });
    // Nothing is kept for it now; a ping still goes.
    await cancelled(alice);
    expect(await deliveries(alice, id)).toHaveLength(2);
    receiver.answerWith(accept);
    await ping(alice, id);
    await ended(alice, id);
    const on = await alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    expect(on.body).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
    await cancelled(alice);
    await ended(alice, id);
    expect(await newest(alice, id)).toMatchObject({ type: 'run.cancelled', status: 'succeeded' });
  });

  it('that says 410 gets no more', async () => {
    const { id } = await made(alice);
    receiver.answerWith(refuse(410));
    send();
    await cancelled(alice);
    await ended(alice, id);
    expect((await alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') });
  });
});

describe('an address', () => {
  it.each([
    'http://2130706433/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://10.0.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://224.0.0.1/',
    'https://0.0.0.0/',
    'https://localhost/',
    'http://example.org/',
    'file:///etc/passwd',
    'https://user:pass@example.org/',
    'not an address',
  ])('such as %s is not called', async (url) => {
    const result = await postSafely({ url: url.replace(/\/$/, `:${receiver.port}/`), headers: {}, body: '{}', places: noPrivatePlaces, resolve: noName, seconds: 1 });
    expect(result).toMatchObject({ status: null, response: '', error: expect.stringMatching(/^The address must /) });
    expect(receiver.connections()).toBe(0);
    // The API says so when it is given; only 127.0.0.1 is allowed here.
    if (/2130706433|7f|::1\]|127|example|localhost/.test(url)) return;
    expect((await alice.call('POST', '/v1/webhooks', { name: 'x', url, events: ['run.failed'] })).status).toBe(422);
  });

  it('whose name stands for a private one, or for one among others, is not called, and the answer is the same as for no name at all', async () => {
    const post = (resolve: Resolve) => postSafely({ url: `https://rebind.example.org:${receiver.port}/`, headers: {}, body: '{}', places: noPrivatePlaces, resolve, seconds: 1 });
    const loopback = { address: '127.0.0.1', family: 4 };
    const answers = [];
    for (const addresses of [[loopback], [{ address: '::ffff:127.0.0.1', family: 6 }], [{ address: '93.184.215.14', family: 4 }, loopback], []]) answers.push(await post(() => Promise.resolve(addresses)));
    answers.push(await post(() => Promise.reject(Object.assign(new Error('queryA ENOTFOUND rebind.example.org'), { code: 'ENOTFOUND' }))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: null, error: expect.stringContaining('public address') });
    expect(receiver.connections()).toBe(0);
  });

  it('is asked for once: the connection goes to what was judged, under the name that was given', async () => {
    let asked = 0;
    const resolve: Resolve = (host) => {
      expect(host).toBe('hooks.test');
      return Promise.resolve([{ address: ++asked === 1 ? '127.0.0.1' : '203.0.113.9', family: 4 }]);
    };
    const url = `http://hooks.test:${receiver.port}/x`;
    const result = await postSafely({ url, headers: {}, body: '{}', places: readPrivatePlaces('hooks.test'), resolve, seconds: 2 });
    expect({ result, asked, host: receiver.received[0]?.headers.host }).toMatchObject({ result: { status: 204, error: null }, asked: 1, host: `hooks.test:${receiver.port}` });
    // A name in the network that was named is as good; by http nothing else is.
    const ofNetwork = { url: `http://elsewhere.test:${receiver.port}/`, headers: {}, body: '{}', places: readPrivatePlaces('127.0.0.0/8'), seconds: 2 };
    expect((await postSafely({ ...ofNetwork, resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) })).status).toBe(204);
    const public_ = await postSafely({ ...ofNetwork, resolve: () => Promise.resolve([{ address: '203.0.113.9', family: 4 }]) });
    expect(public_.error).toContain('could not be reached');
  });

  it('that sends elsewhere is not followed', async () => {
    const elsewhere = await startReceiver();
    try {
      const { id } = await made(alice);
      send();
      for (const location of ['http://169.254.169.254/latest/meta-data', elsewhere.url]) {
        receiver.answerWith(refuse(302, '', { location }));
        await ping(alice, id);
        await ended(alice, id);
        expect(await newest(alice, id)).toMatchObject({ status: 'failed', tries: [{ responseStatus: 302, error: expect.stringContaining('redirects are not followed') }] });
      }
      expect(elsewhere.connections()).toBe(0);
      expect(receiver.connections()).toBe(2);
    } finally {
      await elsewhere.close();
    }
  });

  it('that sends without end is read no further than its beginning', async () => {
    receiver.answerWith((reply) => {
      reply.writeHead(500);
      const more = (): void => void (!reply.destroyed && reply.write('x'.repeat(2 ** 16), () => setImmediate(more)));
      more();
    });
    const { response } = await postSafely({ url: receiver.url, headers: {}, body: '{}', places: readPrivatePlaces('127.0.0.1'), resolve: noName, seconds: 5 });
    expect(response).toBe('x'.repeat(1024));
  });
});

describe('a secret', () => {
  it('is shown when it is made, and is nowhere else', async () => {
    const { id, secret } = await made(alice);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    send();
    await ping(alice, id);
    await ended(alice, id);
    const rotated = (await alice.call<WebhookWithSecret>('POST', `/v1/webhooks/${id}/secret`, undefined, { 'idempotency-key': 'once' })).body.secret;
    const everything = JSON.stringify([
      await api.sql`select * from webhook`,
      await api.sql`select * from webhook_delivery`,
      await api.sql`select * from idempotent_request`,
      await alice.call('GET', `/v1/webhooks/${id}`),
      await alice.call('GET', '/v1/webhooks'),
      await deliveries(alice, id),
      api.logged,
    ]);
    for (const one of [secret, rotated]) expect(everything.includes(one.slice('whsec_'.length, -2))).toBe(false);
    const acts = (await alice.call<{ items: { action: string; subject: string }[] }>('GET', '/v1/audit')).body.items.filter(({ subject }) => subject === id);
    expect(acts.map(({ action }) => action)).toEqual(['webhook_secret_rotated', 'webhook_made']);
  });

  it('that was rotated signs beside the new one for a day', async () => {
    const { id, secret } = await made(alice);
    const rotated = (await alice.call<WebhookWithSecret>('POST', `/v1/webhooks/${id}/secret`)).body.secret;
    send();
    await ping(alice, id);
    await ended(alice, id);
    for (const one of [secret, rotated]) expect(receiver.received.map((message) => verified(one, message))).toMatchObject([{ type: 'ping', data: { webhook: id } }]);
    await api.sql`update webhook set previous_secret_until = now() - interval '1 second'`;
    await ping(alice, id);
    await until('the second has come', async () => receiver.received.length === 2);
    const [, second] = receiver.received;
    if (second === undefined) throw new Error('no second');
    expect(() => verified(secret, second)).toThrow();
    verified(rotated, second);
  });

  it('that cannot be opened any more sends nothing, and says what to do', async () => {
    const { id } = await made(alice);
    send(noName, 'another-secret-0123456789-0123456789');
    await ping(alice, id);
    await ended(alice, id);
    expect((await newest(alice, id)).tries[0]).toMatchObject({ error: expect.stringContaining('Rotate it') });
    expect(receiver.connections()).toBe(0);
  });
});

describe('webhooks', () => {
  it('are made, shown, changed and deleted by their owner alone', async () => {
    const { id, secret: _, ...webhook } = await made(alice, 'https://EXAMPLE.org:443/hooks', ['run.failed']);
    expect(webhook).toMatchObject({ name: 'hook', url: 'https://example.org/hooks', events: ['run.failed'], enabled: true, disabledReason: null });
    expect((await alice.call('GET', '/v1/webhooks')).body).toEqual({ items: [{ id, ...webhook }] });
    const changed = await alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { name: 'other', events: ['dataset.ready'], enabled: false });
    expect(changed.body).toEqual({ id, ...webhook, name: 'other', events: ['dataset.ready'], enabled: false });
    expect((await alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, {})).body).toEqual(changed.body);
    for (const bad of [{ url: 'https://10.0.0.1/' }, { events: [] }, { events: ['run.failed', 'run.failed'] }, { events: ['nothing'] }, { secret: 'x' }])
      expect({ bad, status: (await alice.call('PATCH', `/v1/webhooks/${id}`, bad)).status }).toEqual({ bad, status: 422 });

    const bob = await person();
    await ping(alice, id);
    const { id: delivery } = await newest(alice, id);
    const paths = ['', '/deliveries', '/test', '/secret', `/deliveries/${delivery}/retry`];
    for (const [method, path, body] of [['GET', paths[0]], ['PATCH', paths[0], { name: 'x' }], ['DELETE', paths[0]], ['GET', paths[1]], ['POST', paths[2]], ['POST', paths[3]], ['POST', paths[4]]] as const)
      expect({ method, path, status: (await bob.call(method, `/v1/webhooks/${id}${path}`, body)).status }).toEqual({ method, path, status: 404 });
    // A delivery of another webhook is not this one's.
    const other = await made(alice);
    expect((await alice.call('POST', `/v1/webhooks/${other.id}/deliveries/${delivery}/retry`)).status).toBe(404);
    expect((await alice.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
    expect((await alice.call('GET', `/v1/webhooks/${id}`)).status).toBe(404);
    expect(await api.sql`select 1 from webhook_delivery where webhook_id = ${id}`).toHaveLength(0);
  });

  it('are so many at most', async () => {
    const statuses = await Promise.all(Array.from({ length: 23 }, async () => (await alice.call('POST', '/v1/webhooks', { name: 'x', url: 'https://example.org', events: ['run.failed'] })).status));
    expect(statuses.filter((status) => status === 201)).toHaveLength(20);
    expect(statuses.filter((status) => status === 409)).toHaveLength(3);
  });

  it('show their deliveries page by page, have one sent again by hand, and forget those of long ago', async () => {
    const { id } = await made(alice);
    for (let i = 0; i < 5; i++) await cancelled(alice);
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { items, nextCursor } = (await alice.call<{ items: WebhookDelivery[]; nextCursor: string | null }>('GET', `/v1/webhooks/${id}/deliveries?limit=2${cursor}`)).body;
      ids.push(...items.map((item) => item.id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(new Set(ids).size).toBe(5);
    expect((await alice.call('GET', `/v1/webhooks/${id}/deliveries?cursor=x`)).status).toBe(422);

    expect((await alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { enabled: false })).status).toBe(200);
    expect((await deliveries(alice, id, '?status=failed')).length).toBe(5);
    expect((await alice.call('POST', `/v1/webhooks/${id}/deliveries/${ids[3]}/retry`)).status).toBe(409);
    await alice.call('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    send();
    const again = await alice.call<WebhookDelivery>('POST', `/v1/webhooks/${id}/deliveries/${ids[3]}/retry`);
    expect({ status: again.status, of: again.body.id, now: again.body.status }).toEqual({ status: 202, of: ids[3], now: 'pending' });
    await until('it has come', async () => (await deliveries(alice, id, '?status=succeeded')).length === 1);
    expect(receiver.received.map((one) => one.id)).toEqual([ids[3]]);

    await api.sql`update webhook_delivery set created_at = now() - interval '31 days' where id = any(${ids.slice(0, 2)})`;
    expect(await sweepDeliveries(api)).toBe(2);
    expect((await deliveries(alice, id)).map((one) => one.id)).toEqual(ids.slice(2));
  });
});
