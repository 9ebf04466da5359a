import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Run } from '@thaw/contract/runs';
import { webhookMessage, type Webhook } from '@thaw/contract/webhooks';
import { announceRun } from '@thaw/api/webhooks/announce';
import { claimDeliveries } from '@thaw/api/webhooks/claimDeliveries';
import { run } from '@thaw/db/schema/run';
import { describe, expect, it } from 'vitest';
import { claim, smallRun, until, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';
import { accept, hang, refuse, startReceiver, verified } from './webhookReceiver.ts';
import { answerSeconds, cancelled, deliveries, ended, made, newest, person, ping, send, useWebhooks } from './webhookWorld.ts';

const world = useWebhooks();

describe('a message', () => {
  it('tells of a run that begins and ends, signed by Standard Webhooks, a moment after it', async () => {
    const { id, secret } = await made(world.alice);
    send();
    const queued = (await world.alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    await (await claim(world.api, queued.id))?.finish('succeeded');
    const finished = performance.now();
    await until('both have come', async () => world.receiver.received.length === 2);
    expect((world.receiver.received[1]?.at ?? 0) - finished).toBeLessThan(2000);

    const shown = (await world.alice.call<Run>('GET', `/v1/runs/${queued.id}`)).body;
    const messages = world.receiver.received.map((one) => webhookMessage.parse(verified(secret, one)));
    expect(messages).toMatchObject([
      { type: 'run.started', data: { id: queued.id, status: 'running', attempt: 1 } },
      { type: 'run.succeeded', timestamp: shown.finishedAt, data: { id: queued.id, name: shown.name, status: 'succeeded', result: shown.result, finishedAt: shown.finishedAt } },
    ]);
    expect(JSON.stringify(messages)).not.toMatch(/s3:\/\/|X-Amz|thaw_/);
    // By hand, beside the library.
    const [first] = world.receiver.received;
    const signed = `${first?.id}.${String(first?.headers['webhook-timestamp'])}.${first?.body}`;
    expect(first?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(signed).digest('base64')}`);

    await ended(world.alice, id);
    expect(await deliveries(world.alice, id)).toMatchObject([
      { id: world.receiver.received[1]?.id, type: 'run.succeeded', status: 'succeeded', attempts: 1, nextTryAt: null, tries: [{ responseStatus: 204, error: null }] },
      { id: world.receiver.received[0]?.id, type: 'run.started', status: 'succeeded' },
    ]);
  });

  it('tells of runs that fail or are cancelled and of imports, and of those events alone that are asked for', async () => {
    const [all, some] = [await made(world.alice), await made(world.alice, `${world.receiver.url}/some`, ['run.failed', 'dataset.ready'])];
    const bob = await person();
    const bobs = await made(bob, `${world.receiver.url}/bob`);
    const failing = (await world.alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    await (await claim(world.api, failing.id))?.finish('failed', { code: 'invalid_data' });
    await cancelled(world.alice);
    const ready = await uploadedDataset(world.api, world.alice);
    await (await claimIngest(world.api, ready))?.complete(petImages());
    const bad = await uploadedDataset(world.api, world.alice);
    await (await claimIngest(world.api, bad))?.post('finish', { outcome: { status: 'failed', code: 'invalid_archive', message: 'no archive' } });

    const types = async (who: Person, { id }: Webhook) => (await deliveries(who, id)).map(({ type }) => type).reverse();
    expect(await types(world.alice, all)).toEqual(['run.started', 'run.failed', 'run.cancelled', 'dataset.ready', 'dataset.failed']);
    expect(await types(world.alice, some)).toEqual(['run.failed', 'dataset.ready']);
    expect(await types(bob, bobs)).toEqual([]);
    expect((await deliveries(world.alice, all.id)).map(({ message }) => message.data)).toMatchObject([
      { dataset: bad.dataset, version: 1, status: 'failed', failure: { code: 'invalid_archive' } },
      { dataset: ready.dataset, version: 1, status: 'ready', trainable: true, failure: null },
      { status: 'cancelled' },
      { id: failing.id, status: 'failed', failure: { code: 'invalid_data' } },
      { id: failing.id, status: 'running' },
    ]);
  });

  it('is there exactly if what it tells of is', async () => {
    const { id } = await made(world.alice);
    const { id: runId } = await cancelled(world.alice);
    expect(await deliveries(world.alice, id)).toHaveLength(1);
    const aborted = world.api.db.transaction(async (tx) => {
      const row = (await tx.select().from(run)).find(({ id: other }) => other === runId);
      if (row !== undefined) await announceRun(tx, row);
      throw new Error('aborted');
    });
    await expect(aborted).rejects.toThrow('aborted');
    expect(await deliveries(world.alice, id)).toHaveLength(1);
  });

  it('is sent again under the same id until it is taken, more and more rarely', async () => {
    const { id, secret } = await made(world.alice);
    world.receiver.answerWith(refuse(500, 'out \u0000 of\norder '.padEnd(5000, 'x')));
    send();
    await cancelled(world.alice);
    const pauses = [];
    for (const tries of [1, 2]) {
      await until('a try has been noted', async () => (await newest(world.alice, id)).tries.length === tries);
      const delivery = await newest(world.alice, id);
      expect(delivery).toMatchObject({ status: 'pending', attempts: tries });
      const [last] = delivery.tries.slice(-1);
      expect(last).toMatchObject({ responseStatus: 500, error: expect.stringContaining('500') });
      expect(last?.response).toMatch(/^out of order x{900,1100}$/);
      pauses.push((Date.parse(delivery.nextTryAt ?? '') - Date.parse(last?.at ?? '')) / 1000);
      expect((await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.failingSince).not.toBeNull();
      if (tries === 2) world.receiver.answerWith(accept);
      await world.api.sql`update webhook_delivery set next_try_at = now()`;
    }
    expect(pauses[0]).toBeGreaterThan(3.9);
    expect(pauses[0]).toBeLessThan(8);
    expect((pauses[1] ?? 0) / (pauses[0] ?? 1)).toBeGreaterThan(2);
    await ended(world.alice, id);
    expect(await newest(world.alice, id)).toMatchObject({ status: 'succeeded', attempts: 3, tries: [{ responseStatus: 500 }, { responseStatus: 500 }, { responseStatus: 204, error: null }] });
    expect(new Set(world.receiver.received.map((one) => one.id)).size).toBe(1);
    for (const one of world.receiver.received) verified(secret, one);
    expect((await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.failingSince).toBeNull();
  });

  it('outlives the dispatcher: killed before or while it sends, another sends it once more at most', async () => {
    const { id, secret } = await made(world.alice);
    const dispatchers: ChildProcess[] = [];
    const start = () => {
      const env = { ...world.api.environment, PATH: process.env['PATH'], THAW_LAUNCHER: 'none', S3_ENDPOINT: '', LOG_LEVEL: 'info' };
      const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('@thaw/api/dispatcher'))], { env, stdio: 'ignore' });
      dispatchers.push(child);
      return child;
    };
    try {
      world.receiver.answerWith(hang);
      await cancelled(world.alice);
      // Committed, and nobody to send it; then killed while it is being sent.
      const first = start();
      await until('the message is under way', async () => world.receiver.received.length === 1, 20);
      first.kill('SIGKILL');
      world.receiver.answerWith(accept);
      expect(await newest(world.alice, id)).toMatchObject({ status: 'pending', attempts: 1 });
      start();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      // Until its lease has expired it may still be under way.
      expect(world.receiver.received).toHaveLength(1);
      await world.api.sql`update webhook_delivery set lease_expires_at = now()`;
      await ended(world.alice, id);
      expect(await newest(world.alice, id)).toMatchObject({ status: 'succeeded', attempts: 2 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(world.receiver.received.map((one) => one.id)).toEqual([world.receiver.received[0]?.id, world.receiver.received[0]?.id]);
      for (const one of world.receiver.received) verified(secret, one);
    } finally {
      for (const child of dispatchers) child.kill('SIGKILL');
    }
  }, 40_000);

  it('is taken by one of two dispatchers', async () => {
    const { id } = await made(world.alice);
    for (let i = 0; i < 6; i++) await cancelled(world.alice);
    const taken = (await Promise.all([1, 2, 3, 4].map(() => claimDeliveries(world.api.db, { limit: 10, leaseSeconds: 30 })))).flat();
    expect(new Set(taken.map((one) => one.id)).size).toBe(taken.length);
    expect(taken.length).toBeGreaterThanOrEqual(2);
    expect(taken.every(({ webhookId, attempt }) => webhookId === id && attempt === 1)).toBe(true);
  });
});

describe('a receiver', () => {
  it('that hangs is given up after the time limit, and holds up nobody else', async () => {
    const slow = await startReceiver(hang);
    try {
      const hanging = await made(world.alice, slow.url);
      const quick = await made(world.alice);
      send();
      for (let i = 0; i < 6; i++) await cancelled(world.alice);
      const done = performance.now();
      await until('the quick one has all', async () => world.receiver.received.length === 6);
      expect(performance.now() - done).toBeLessThan(answerSeconds * 1000);
      await until('a try of the slow one has been noted', async () => (await deliveries(world.alice, hanging.id)).some(({ tries }) => tries.length > 0));
      expect(slow.mostAtOnce()).toBeLessThanOrEqual(2);
      const given = (await deliveries(world.alice, hanging.id)).flatMap(({ tries }) => tries);
      expect(given[0]).toMatchObject({ responseStatus: null, error: `No answer came within ${answerSeconds} seconds.` });
      expect(given[0]?.milliseconds).toBeGreaterThanOrEqual(answerSeconds * 1000 - 50);
      await until('all of the quick one are noted', async () => (await deliveries(world.alice, quick.id, '?status=succeeded')).length === 6);
    } finally {
      await slow.close();
    }
  });

  it('that has said 2xx has the message, whatever its answer does then', async () => {
    const { id } = await made(world.alice);
    world.receiver.answerWith((reply) => reply.writeHead(200).write('drip'));
    send();
    await cancelled(world.alice);
    await ended(world.alice, id);
    expect(await newest(world.alice, id)).toMatchObject({ status: 'succeeded', tries: [{ responseStatus: 200, response: 'drip' }] });
  });

  it('that has been away for days is switched off, with a note and an entry in the audit log', async () => {
    const { id } = await made(world.alice);
    await cancelled(world.alice);
    await cancelled(world.alice);
    await world.api.sql`update webhook set failing_since = now() - interval '4 days'`;
    await world.api.sql`update webhook_delivery set attempts = 9 where id = (select min(id) from webhook_delivery)`;
    await world.api.sql`update webhook_delivery set next_try_at = now() + interval '1 hour' where attempts = 0`;
    world.receiver.answerWith(refuse(503));
    send();
    await until('it is off', async () => !(await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.enabled);
    expect((await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body.disabledReason).toMatch(/No message has arrived since .* switch the webhook on again/);
    expect((await deliveries(world.alice, id)).map(({ status }) => status)).toEqual(['failed', 'failed']);
    const audit = (await world.alice.call<{ items: { action: string; actor: string; subject: string }[] }>('GET', '/v1/audit')).body.items;
    expect(audit[0]).toMatchObject({ action: 'webhook_disabled', actor: 'system', subject: id });
    // Nothing is kept for it now; a ping still goes.
    await cancelled(world.alice);
    expect(await deliveries(world.alice, id)).toHaveLength(2);
    world.receiver.answerWith(accept);
    await ping(world.alice, id);
    await ended(world.alice, id);
    const on = await world.alice.call<Webhook>('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    expect(on.body).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
    await cancelled(world.alice);
    await ended(world.alice, id);
    expect(await newest(world.alice, id)).toMatchObject({ type: 'run.cancelled', status: 'succeeded' });
  });

  it('that says 410 gets no more', async () => {
    const { id } = await made(world.alice);
    world.receiver.answerWith(refuse(410));
    send();
    await cancelled(world.alice);
    await ended(world.alice, id);
    expect((await world.alice.call<Webhook>('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') });
  });
});
