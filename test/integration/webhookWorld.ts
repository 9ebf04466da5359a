import type { Run } from '@thaw/contract/runs';
import type { WebhookDelivery, WebhookWithSecret } from '@thaw/contract/webhooks';
import { createLog } from '@thaw/api/log';
import { readPrivatePlaces } from '@thaw/api/webhooks/addressPolicy';
import type { Resolve } from '@thaw/api/webhooks/postSafely';
import { sealingKey } from '@thaw/api/webhooks/sealSecret';
import { startDeliveries } from '@thaw/api/webhooks/startDeliveries';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { anyStorage, smallRun, startApi, until, type Api, type Person } from './apiHarness.ts';
import { startReceiver, type Receiver } from './webhookReceiver.ts';

/** For which a receiver may take to answer, in these tests. */
export const answerSeconds = 1;
export const allEvents = ['run.started', 'run.succeeded', 'run.failed', 'run.cancelled', 'dataset.ready', 'dataset.failed'] as const;
export const noName: Resolve = () => Promise.reject(new Error('no name is asked for here'));

/** What the tests of a file share: an API, and for each test a person and a receiver of their own. */
export interface WebhookWorld {
  api: Api;
  alice: Person;
  receiver: Receiver;
}

let people = 0;
let sending: { close: () => Promise<void> } | null = null;
const world = {} as WebhookWorld;

/** Starts all that, once a file. Its fields are there when a test runs. */
export function useWebhooks(): WebhookWorld {
  beforeAll(async () => {
    world.api = await startApi({ s3: anyStorage, env: { WEBHOOK_ALLOW_PRIVATE: '127.0.0.1,hooks.test' } });
  }, 60_000);
  afterAll(async () => world.api?.stop());
  beforeEach(async () => {
    world.alice = await person();
    world.receiver = await startReceiver();
  });
  afterEach(async () => {
    await world.receiver.close();
    await sending?.close();
    sending = null;
    await world.api.sql`delete from webhook`;
  });
  return world;
}

export const person = (): Promise<Person> => world.api.person(`person${++people}`, ['admin']);

/** What the dispatcher does with webhooks, in this process. */
export function send(authSecret = world.api.environment['AUTH_SECRET'] ?? ''): void {
  const ctx = { db: world.api.db, log: createLog('test', 'silent'), key: sealingKey(authSecret), places: readPrivatePlaces('127.0.0.1,hooks.test'), resolve: noName, answerSeconds };
  sending = startDeliveries({ ctx, databaseUrl: world.api.servers.databaseUrl, pollSeconds: 0.2 });
}

export async function made(who: Person, url = world.receiver.url, events: readonly string[] = allEvents): Promise<WebhookWithSecret> {
  const { status, body } = await who.call<WebhookWithSecret>('POST', '/v1/webhooks', { name: 'hook', url, events });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

export const deliveries = async (who: Person, id: string, query = ''): Promise<WebhookDelivery[]> =>
  (await who.call<{ items: WebhookDelivery[] }>('GET', `/v1/webhooks/${id}/deliveries${query}`)).body.items;

export async function newest(who: Person, id: string): Promise<WebhookDelivery> {
  const [first] = await deliveries(who, id);
  if (first === undefined) throw new Error('no delivery');
  return first;
}

export const ended = (who: Person, id: string): Promise<void> => until('the delivery has ended', async () => (await newest(who, id)).status !== 'pending');

export const ping = async (who: Person, id: string): Promise<void> => void expect((await who.call('POST', `/v1/webhooks/${id}/test`)).status).toBe(202);

/** Ends a run of this person, which their webhooks are told of. */
export async function cancelled(who: Person): Promise<Run> {
  const { id } = (await who.call<Run>('POST', '/v1/runs', smallRun)).body;
  return (await who.call<Run>('POST', `/v1/runs/${id}/cancel`)).body;
}
