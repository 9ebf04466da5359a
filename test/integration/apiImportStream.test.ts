import type { DatasetVersion } from '@thaw/contract/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, until, type Api, type Person } from './apiHarness.ts';
import { followEvents } from './eventStream.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());

describe('the stream of an import', () => {
  const followVersion = (id: string, lastEventId?: string) => followEvents(api.url, `/v1/datasets/${id}/versions/1/events`, alice.key, lastEventId);
  const shown = ({ messages }: Awaited<ReturnType<typeof followEvents>>) => messages.map(({ event, data }) => [event, (data as DatasetVersion).status, (data as DatasetVersion).progress?.images]);

  it('brings its progress as it comes and ends with it; whoever has seen that is told to stay away', async () => {
    const target = await uploadedDataset(api, alice);
    const [one, two] = [await followVersion(target.dataset), await followVersion(target.dataset)];
    await two.leave();
    const ingest = await claimIngest(api, target);
    await until('it is taken', () => Promise.resolve(shown(one).some(([, status]) => status === 'importing')));
    for (const images of [1, 2]) {
      await ingest?.heartbeat({ images });
      await until(`${images} images`, () => Promise.resolve(shown(one).some(([, , count]) => count === images)));
    }
    await ingest?.complete(petImages());
    await one.ended;
    expect(shown(one).at(0)).toEqual(['version', 'queued', undefined]);
    expect(shown(one).slice(-2)).toEqual([['version', 'ready', 2], ['end', 'ready', undefined]]);
    const last = one.messages.at(-1)?.id;
    expect((await followVersion(target.dataset, last)).response.status).toBe(204);
  });

  it("ends when the data set is deleted, and is nobody else's", async () => {
    const target = await uploadedDataset(api, alice);
    const stream = await followVersion(target.dataset);
    const bob = await api.person('bob', ['read']);
    for (const at of [`${target.dataset}/versions/1`, `${target.dataset}/versions/x`, 'none/versions/1']) expect((await bob.call('GET', `/v1/datasets/${at}/events`)).status).toBe(404);
    expect((await alice.call('DELETE', `/v1/datasets/${target.dataset}`)).status).toBe(204);
    await stream.ended;
    expect(stream.messages.map(({ event }) => event)).toEqual(['version']);
  });
});
