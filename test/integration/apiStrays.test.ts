import type { Run } from '@thaw/contract/runs';
import { PartlyDone } from '@thaw/api/housekeeping/partlyDone';
import { sweepParts } from '@thaw/api/housekeeping/sweepParts';
import { sweepStrays, type SweepStraysOptions } from '@thaw/api/housekeeping/sweepStrays';
import { createLog } from '@thaw/api/log';
import type { Storage } from '@thaw/api/storage/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim, smallRun, startApi, type Api, type Person } from './apiHarness.ts';
import { finishedRun, openUpload, readyVersion, waitingVersion, type World } from './access/world.ts';
import { claimIngest, petImages } from './ingestByHand.ts';
import { claimTask } from './taskByHand.ts';
import { missingStorage, type StorageKind } from './servers.ts';
import { whileBackedUp } from './whileBackedUp.ts';

const log = createLog('test', 'silent');

describe.each<StorageKind>(['minio', 'seaweedfs'])('what no row names, on %s', (kind) => {
  const missing = missingStorage(kind);
  if (missing !== null) return it.skip(missing, () => undefined);
  /** Where the storage makes no difference. */
  const onOne: (name: string, test: () => Promise<void>) => void = kind === 'seaweedfs' ? it : () => undefined;
  let api: Api;
  let alice: Person;
  let world: World;
  let hours = 0;

  beforeAll(async () => {
    api = await startApi({ s3: kind });
    alice = await api.person('alice', ['admin']);
    world = { api, alice, bob: alice, root: alice };
  }, 60_000);
  afterAll(async () => api?.stop());

  /** The storage, as if all in it had been there for so many hours longer. */
  const aged = (): Storage => ({
    ...api.storage,
    listObjects: async (...asked) => {
      const { objects, next } = await api.storage.listObjects(...asked);
      return { objects: objects.map(({ key, at }) => ({ key, at: new Date(at.getTime() - hours * 3_600_000) })), next };
    },
    listUploads: async (...asked) => {
      const { uploads, next } = await api.storage.listUploads(...asked);
      return { uploads: uploads.map((one) => ({ ...one, at: new Date(one.at.getTime() - hours * 3_600_000) })), next };
    },
  });
  const after = async <T>(passed: number, work: () => Promise<T>): Promise<T> => {
    hours = passed;
    return work().finally(() => (hours = 0));
  };
  const ctx = () => ({ db: api.db, storage: aged(), log });
  const sweep = (options: SweepStraysOptions = {}) => sweepStrays(ctx(), { pages: 100, ...options });
  const settle = async () => {
    await api.sql`update run set finished_at = now() - interval '25 hours' where finished_at is not null`;
    await api.sql`update dataset_version set finished_at = now() - interval '25 hours' where finished_at is not null`;
  };
  const put = async (...keys: string[]) => {
    await Promise.all(keys.map((key) => api.storage.putText(key, 'x', 'text/plain')));
  };
  const there = async (prefix: string) => (await api.storage.listObjects(prefix, null, 1000)).objects.map(({ key }) => key);

  it('goes once it is a day old, and what is named stays', async () => {
    const { run } = await finishedRun(world, alice);
    const { id, version } = await readyVersion(world, alice);
    await alice.call('POST', `/v1/runs/${run.id}/exports`, { epoch: 'best', format: 'onnx' });
    await (await claimTask(api))?.complete();
    await put('weights/unnamed.pth', 'notes.txt', 'runs/README', 'datasets/cifar10/v1/more', 'runs-of-others/run_1/x');
    const before = await there('');
    const strays = [
      `runs/${run.id}/checkpoints/1-9/model.safetensors`,
      `runs/${run.id}/curves/attempt-1/iterations.csv`,
      `runs/${run.id}/exports/task_gone/attempt-1/model.onnx`,
      `datasets/${id}/v${version}/attempt-7/train.safetensors`,
      `datasets/${id}/v9/previews/task_gone/attempt-1/preview.png`,
      `datasets/${id}/uploads/upload_gone`,
    ];
    await put(...strays);
    const archive = before.filter((key) => key.startsWith(`datasets/${id}/uploads/`));
    await settle();
    expect(await after(23.9, sweep)).toBe(0);
    // A backup copies what rows have named a while ago.
    await whileBackedUp(api.sql, async () => expect(await after(24.1, sweep)).toBe(0));
    // The archive too, of which a version has been made.
    expect(await after(24.1, sweep)).toBe(strays.length + archive.length);
    expect(await there('')).toEqual(before.filter((key) => !archive.includes(key)));
    expect(await after(24.1, sweep)).toBe(0);
    const { status, headers } = await alice.call('GET', `/v1/runs/${run.id}/checkpoints/best/safetensors`);
    expect({ status, model: (await fetch(headers.get('location') ?? '')).status }).toEqual({ status: 302, model: 200 });
  });

  onOne('stays while anything may still name it', async () => {
    const { body: going } = await alice.call<Run>('POST', '/v1/runs', smallRun);
    await claim(api, going.id);
    const { run: done } = await finishedRun(world, alice);
    const waiting = await waitingVersion(world, alice);
    await put(`runs/${going.id}/checkpoints/1-3/model.safetensors`, `datasets/${waiting.id}/v1/attempt-1/train.safetensors`);
    const made = await alice.call<{ id: string }>('POST', `/v1/runs/${done.id}/exports`, { epoch: 'last', format: 'pth' });
    await put(`runs/${done.id}/exports/${made.body.id}/attempt-1/model.pth`);
    await settle();
    await put(`runs/${done.id}/left`);
    const held = api.sql.begin(async (tx) => {
      await tx`select 1 from run where id = ${done.id} for update`;
      expect(await after(48, sweep)).toBe(0);
    });
    await held;
    expect(await after(48, sweep)).toBe(1);
    expect(await there(`runs/${going.id}/`)).toHaveLength(1);
    expect(await there(`runs/${done.id}/exports/`)).toHaveLength(1);
    expect(await there(`datasets/${waiting.id}/`)).toHaveLength(2);
    await api.sql`delete from run where id = ${going.id}`;
    await api.sql`delete from dataset where id = ${waiting.id}`;
  });

  onOne('goes with a run or data set that was deleted here, and stays where this database has never known it', async () => {
    const { run } = await finishedRun(world, alice);
    const { id } = await readyVersion(world, alice);
    await api.sql`delete from removal`;
    await alice.call('DELETE', `/v1/runs/${run.id}`);
    await alice.call('DELETE', `/v1/datasets/${id}`);
    await api.sql`delete from removal`;
    const [gone, foreign] = [[`runs/${run.id}/checkpoints/1-3/model.safetensors`, `datasets/${id}/v1/manifest.json`], ['runs/run_of_others/x', 'datasets/dataset_of_others/x']];
    await put(...gone, ...foreign);
    await whileBackedUp(api.sql, async () => expect(await after(25, sweep)).toBe(0));
    expect(await after(25, sweep)).toBeGreaterThanOrEqual(gone.length);
    expect([...(await there(`runs/${run.id}/`)), ...(await there(`datasets/${id}/`))]).toEqual([]);
    for (const key of foreign) expect(await api.storage.size(key)).toBe(1);
  });

  it('is looked for in bounded turns that go on where the last one ended, by two at once', async () => {
    const { run } = await finishedRun(world, alice);
    await settle();
    await put(...Array.from({ length: 7 }, (_, n) => `runs/${run.id}/left/${n}`));
    const name = 'small turns';
    const position = async () => (await api.sql<{ position: string | null }[]>`select position from chore where name = ${name}`)[0]?.position;
    let swept = 0;
    let turns = 0;
    do {
      swept += await after(25, () => sweep({ name, pages: 2, pageSize: 3 }));
      turns++;
    } while ((await position()) !== null && turns < 100);
    expect({ swept, many: turns > 3 && turns < 100 }).toEqual({ swept: 7, many: true });
    await put(...Array.from({ length: 60 }, (_, n) => `runs/${run.id}/left/${n}`));
    await after(25, () => Promise.all([sweep(), sweep({ name })]));
    expect(await there(`runs/${run.id}/left/`)).toEqual([]);
  });

  onOne('that cannot be removed holds up nothing else', async () => {
    const runs = [(await finishedRun(world, alice)).run.id, (await finishedRun(world, alice)).run.id].sort();
    await settle();
    for (const run of runs) await put(`runs/${run}/left`);
    const storage: Storage = { ...aged(), remove: (keys) => (keys[0]?.startsWith(`runs/${runs[0]}`) === true ? Promise.reject(new Error('locked')) : api.storage.remove(keys)) };
    const failed = await after(25, () => sweepStrays({ db: api.db, storage, log }).catch((error: unknown) => error));
    expect(failed).toBeInstanceOf(PartlyDone);
    expect(failed).toMatchObject({ swept: 1, message: '1 of 2 could not be done now' });
    expect(await after(25, sweep)).toBe(1);
  });

  it('parts of uploads go likewise, but for those of uploads that are open and imports under way', async () => {
    const open = await openUpload(alice);
    const version = await waitingVersion(world, alice);
    const ingest = await claimIngest(api, { dataset: version.id, version: version.version });
    const [row] = await api.sql<{ key: string; storage_upload_id: string; dataset_id: string }[]>`select key, storage_upload_id, dataset_id from upload where id = ${open.id}`;
    const dataset = row?.dataset_id ?? '';
    const begin = async (key: string) => ({ key, id: await api.storage.beginMultipart(key) });
    const place = await begin(`datasets/${version.id}/v1/attempt-1/train.safetensors`);
    await api.sql`update ingest_attempt set places = ${api.sql.json([{ name: 'train.safetensors', key: place.key, bytes: 1, storageUploadId: place.id }])} where dataset_id = ${version.id}`;
    const strays = await Promise.all(['a', 'b', 'c'].map((name) => begin(`datasets/${dataset}/uploads/${name}`)));
    const foreign = await begin('datasets/dataset_of_others/uploads/a');
    const parts = () => sweepParts(ctx(), { pageSize: 2 });
    const isThere = async ({ key, id }: { key: string; id: string }) => (await api.storage.listParts(key, id)) !== null;
    expect(await after(23, parts)).toBe(0);
    // MinIO lists none, and drops them itself.
    const listed = kind === 'minio' ? 0 : strays.length;
    expect(await after(25, parts)).toBe(listed);
    expect(await Promise.all(strays.map(isThere))).toEqual(strays.map(() => listed === 0));
    expect(await Promise.all([foreign, place, { key: row?.key ?? '', id: row?.storage_upload_id ?? '' }].map(isThere))).toEqual([true, true, true]);
    await ingest?.complete(petImages());
  });
});
