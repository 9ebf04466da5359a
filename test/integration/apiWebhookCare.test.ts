import { noPrivatePlaces, readPrivatePlaces } from '@thaw/api/webhooks/addressPolicy';
import { postSafely, type Resolve } from '@thaw/api/webhooks/postSafely';
import { sweepDeliveries } from '@thaw/api/webhooks/sweepDeliveries';
import type { Webhook, WebhookDelivery, WebhookWithSecret } from '@thaw/contract/webhooks';
import { describe, expect, it } from 'vitest';
import { until } from './apiHarness.ts';
import { refuse, startReceiver, verified } from './webhookReceiver.ts';
import { cancelled, deliveries, ended, made, newest, noName, person, ping, send, useWebhooks } from './webhookWorld.ts';

const world = useWebhooks();

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
    const result = await postSafely({ url: url.replace(/\/$/, `:${world.receiver.port}/`), headers: {}, body: '{}', places: noPrivatePlaces, resolve: noName, seconds: 1 });
    expect(result).toMatchObject({ status: null, response: '', error: expect.stringMatching(/^The address must /) });
    expect(world.receiver.connections()).toBe(0);
    // The API says so when it is given; only 127.0.0.1 is allowed here.
    if (/2130706433|7f|::1\]|127|example|localhost/.test(url)) return;
    expect((await world.alice.call('POST', '/v1/webhooks', { name: 'x', url, events: ['run.failed'] })).status).toBe(422);
  });

  it('whose name stands for a private one, or for one among others, is not called, and the answer is the same as for no name at all', async () => {
    const post = (resolve: Resolve) => postSafely({ url: `https://rebind.example.org:${world.receiver.port}/`, headers: {}, body: '{}', places: noPrivatePlaces, resolve, seconds: 1 });
    const loopback = { address: '127.0.0.1', family: 4 };
    const answers = [];
    for (const addresses of [[loopback], [{ address: '::ffff:127.0.0.1', family: 6 }], [{ address: '93.184.215.14', family: 4 }, loopback], []]) answers.push(await post(() => Promise.resolve(addresses)));
    answers.push(await post(() => Promise.reject(Object.assign(new Error('queryA ENOTFOUND rebind.example.org'), { code: 'ENOTFOUND' }))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: null, error: expect.stringContaining('public address') });
    expect(world.receiver.connections()).toBe(0);
  });

  it('is asked for once: the connection goes to what was judged, under the name that was given', async () => {
    let asked = 0;
    const resolve: Resolve = (host) => {
      expect(host).toBe('hooks.test');
      return Promise.resolve([{ address: ++asked === 1 ? '127.0.0.1' : '203.0.113.9', family: 4 }]);
    };
    const url = `http://hooks.test:${world.receiver.port}/x`;
    const result = await postSafely({ url, headers: {}, body: '{}', places: readPrivatePlaces('hooks.test'), resolve, seconds: 2 });
    expect({ result, asked, host: world.receiver.received[0]?.headers.host }).toMatchObject({ result: { status: 204, error: null }, asked: 1, host: `hooks.test:${world.receiver.port}` });
    // A name in the network that was named is as good; by http nothing else is.
    const ofNetwork = { url: `http://elsewhere.test:${world.receiver.port}/`, headers: {}, body: '{}', places: readPrivatePlaces('127.0.0.0/8'), seconds: 2 };
    expect((await postSafely({ ...ofNetwork, resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) })).status).toBe(204);
    const public_ = await postSafely({ ...ofNetwork, resolve: () => Promise.resolve([{ address: '203.0.113.9', family: 4 }]) });
    expect(public_.error).toContain('could not be reached');
  });

  it('that sends elsewhere is not followed', async () => {
    const elsewhere = await startReceiver();
    try {
      const { id } = await made(world.alice);
      send();
      for (const location of ['http://169.254.169.254/latest/meta-data', elsewhere.url]) {
        world.receiver.answerWith(refuse(302, '', { location }));
        await ping(world.alice, id);
        await ended(world.alice, id);
        expect(await newest(world.alice, id)).toMatchObject({ status: 'failed', tries: [{ responseStatus: 302, error: expect.stringContaining('redirects are not followed') }] });
      }
      expect(elsewhere.connections()).toBe(0);
      expect(world.receiver.connections()).toBe(2);
    } finally {
      await elsewhere.close();
    }
  });

  it('that sends without end is read no further than its beginning', async () => {
    world.receiver.answerWith((reply) => {
      reply.writeHead(500);
      const more = (): void => void (!reply.destroyed && reply.write('x'.repeat(2 ** 16), () => setImmediate(more)));
      more();
    });
    const { response } = await postSafely({ url: world.receiver.url, headers: {}, body: '{}', places: readPrivatePlaces('127.0.0.1'), resolve: noName, seconds: 5 });
    expect(response).toBe('x'.repeat(1024));
  });
});

describe('a secret', () => {
  it('is shown when it is made, and is nowhere else', async () => {
    const { id, secret } = await made(world.alice);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    send();
    await ping(world.alice, id);
    await ended(world.alice, id);
    const rotated = (await world.alice.call<WebhookWithSecret>('POST', `/v1/webhooks/${id}/secret`, undefined, { 'idempotency-key': 'once' })).body.secret;
    const everything = JSON.stringify([
      await world.api.sql`select * from webhook`,
      await world.api.sql`select * from webhook_delivery`,
      await world.api.sql`select * from idempotent_request`,
      await world.alice.call('GET', `/v1/webhooks/${id}`),
      await world.alice.call('GET', '/v1/webhooks'),
      await deliveries(world.alice, id),
      world.api.logged,
    ]);
    for (const one of [secret, rotated]) expect(everything.includes(one.slice('whsec_'.length, -2))).toBe(false);
    const acts = (await world.alice.call<{ items: { action: string; subject: string }[] }>('GET', '/v1/audit')).body.items.filter(({ subject }) => subject === id);
    expect(acts.map(({ action }) => action)).toEqual(['webhook_secret_rotated', 'webhook_made']);
  });

  it('that was rotated signs beside the new one for a day', async () => {
    const { id, secret } = await made(world.alice);
    const rotated = (await world.alice.call<WebhookWithSecret>('POST', `/v1/webhooks/${id}/secret`)).body.secret;
    send();
    await ping(world.alice, id);
    await ended(world.alice, id);
    for (const one of [secret, rotated]) expect(world.receiver.received.map((message) => verified(one, message))).toMatchObject([{ type: 'ping', data: { webhook: id } }]);
    await world.api.sql`update webhook set previous_secret_until = now() - interval '1 second'`;
    await ping(world.alice, id);
    await until('the second has come', async () => world.receiver.received.length === 2);
    const [, second] = world.receiver.received;
    if (second === undefined) throw new Error('no second');
    expect(() => verified(secret, second)).toThrow();
    verified(rotated, second);
  });

  it('that cannot be opened any more sends nothing, and says what to do', async () => {
    const { id } = await made(world.alice);
    send('another-secret-0123456789-0123456789');
    await ping(world.alice, id);
    await ended(world.alice, id);
    expect((await newest(world.alice, id)).tries[0]).toMatchObject({ error: expect.stringContaining('Rotate it') });
    expect(world.receiver.connections()).toBe(0);
  });
});

describe('webhooks', () => {
  it('are made, shown, changed and deleted by their owner alone', async () => {
    const { id } = await made(world.alice, 'https://EXAMPLE.org:443/hooks', ['run.failed']);
    const { body: webhook } = await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`);
    expect(webhook).toMatchObject({ name: 'hook', url: 'https://example.org/hooks', events: ['run.failed'], enabled: true, disabledReason: null });
    expect((await world.alice.call('GET', '/v1/webhooks')).body).toEqual({ items: [webhook] });
    const changed = await world.alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { name: 'other', events: ['dataset.ready'], enabled: false });
    expect(changed.body).toEqual({ ...webhook, name: 'other', events: ['dataset.ready'], enabled: false });
    expect((await world.alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, {})).body).toEqual(changed.body);
    for (const bad of [{ url: 'https://10.0.0.1/' }, { events: [] }, { events: ['run.failed', 'run.failed'] }, { events: ['nothing'] }, { secret: 'x' }])
      expect({ bad, status: (await world.alice.call('PATCH', `/v1/webhooks/${id}`, bad)).status }).toEqual({ bad, status: 422 });

    const bob = await person();
    await ping(world.alice, id);
    const { id: delivery } = await newest(world.alice, id);
    const paths = ['', '/deliveries', '/test', '/secret', `/deliveries/${delivery}/retry`];
    for (const [method, path, body] of [['GET', paths[0]], ['PATCH', paths[0], { name: 'x' }], ['DELETE', paths[0]], ['GET', paths[1]], ['POST', paths[2]], ['POST', paths[3]], ['POST', paths[4]]] as const)
      expect({ method, path, status: (await bob.call(method, `/v1/webhooks/${id}${path}`, body)).status }).toEqual({ method, path, status: 404 });
    // A delivery of another webhook is not this one's.
    const other = await made(world.alice);
    expect((await world.alice.call('POST', `/v1/webhooks/${other.id}/deliveries/${delivery}/retry`)).status).toBe(404);
    expect((await world.alice.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
    expect((await world.alice.call('GET', `/v1/webhooks/${id}`)).status).toBe(404);
    expect(await world.api.sql`select 1 from webhook_delivery where webhook_id = ${id}`).toHaveLength(0);
  });

  it('are so many at most', async () => {
    const statuses = await Promise.all(Array.from({ length: 23 }, async () => (await world.alice.call('POST', '/v1/webhooks', { name: 'x', url: 'https://example.org', events: ['run.failed'] })).status));
    expect(statuses.filter((status) => status === 201)).toHaveLength(20);
    expect(statuses.filter((status) => status === 409)).toHaveLength(3);
  });

  it('show their deliveries page by page, have one sent again by hand, and forget those of long ago', async () => {
    const { id } = await made(world.alice);
    for (let i = 0; i < 5; i++) await cancelled(world.alice);
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { items, nextCursor } = (await world.alice.call<{ items: WebhookDelivery[]; nextCursor: string | null }>('GET', `/v1/webhooks/${id}/deliveries?limit=2${cursor}`)).body;
      ids.push(...items.map((item) => item.id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(new Set(ids).size).toBe(5);
    expect((await world.alice.call('GET', `/v1/webhooks/${id}/deliveries?cursor=x`)).status).toBe(422);

    expect((await world.alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { enabled: false })).status).toBe(200);
    expect((await deliveries(world.alice, id, '?status=failed')).length).toBe(5);
    expect((await world.alice.call('POST', `/v1/webhooks/${id}/deliveries/${ids[3]}/retry`)).status).toBe(409);
    await world.alice.call('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    send();
    const again = await world.alice.call<WebhookDelivery>('POST', `/v1/webhooks/${id}/deliveries/${ids[3]}/retry`);
    expect({ status: again.status, of: again.body.id, now: again.body.status }).toEqual({ status: 202, of: ids[3], now: 'pending' });
    await until('it has come', async () => (await deliveries(world.alice, id, '?status=succeeded')).length === 1);
    expect(world.receiver.received.map((one) => one.id)).toEqual([ids[3]]);

    await world.api.sql`update webhook_delivery set created_at = now() - interval '31 days' where id = any(${ids.slice(0, 2)})`;
    expect(await sweepDeliveries(world.api)).toBe(2);
    expect((await deliveries(world.alice, id)).map((one) => one.id)).toEqual(ids.slice(2));
  });
});
