import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runQueue } from '@thaw/api/dispatch/runQueue';
import { readServerEnvironment } from '@thaw/api/environment';
import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import { readPrivatePlaces } from '@thaw/api/webhooks/addressPolicy';
import { sealingKey } from '@thaw/api/webhooks/sealSecret';
import { startDeliveries } from '@thaw/api/webhooks/startDeliveries';
import { noLimits } from '@thaw/contract/quotas';
import type { Metrics } from '@thaw/contract/runs';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { knownMigrations } from '@thaw/db/migrations';
import { listSnapshots, objectFile, snapshotFolder } from '@thaw/infra/backup/backupFolder';
import type { BackupManifest } from '@thaw/infra/backup/manifest';
import { openBucket } from '@thaw/infra/backup/objectStore';
import type { BackupSummary } from '@thaw/infra/backup/runBackup';
import { putObjects } from '@thaw/infra/restore/putObjects';
import postgres from 'postgres';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caller, epochOf, started, until, type Api } from './apiHarness.ts';
import { bea, claimed, hexOf, keep, never, openBackupWorld, postJson, screen, verify, type BackupWorld } from './backupWorld.ts';
import { claimIngest } from './ingestByHand.ts';
import { startStorageProxy } from './storageProxy.ts';

const silent = createLog('test', 'silent');
let world: BackupWorld;
beforeAll(async () => {
  world = await openBackupWorld();
}, 60_000);
afterAll(async () => world?.close());

const sweep = () => sweepRemovals({ db: world.api.db, storage: world.api.storage, log: silent });

describe('a backup', () => {
  it('made while the API serves and a run is under way is a second deployment that answers alike and goes on', async () => {
    const { api, ann, receiver, folder, done, active, hook, answers, command, summaryOf, newTarget } = world;
    await active.heartbeat();
    const before = await answers(api.url, api.servers.s3.bucket);
    const json = path.join(api.servers.folder, 'backup.json');
    const made = command('backup', ['--to', 'backups', '--json', json], api.environment);
    const beating = setInterval(() => void active.heartbeat(), 500);
    const code = await made.ended;
    clearInterval(beating);
    expect(code, made.output()).toBe(0);
    expect(made.output()).toMatch(/database: [\d,]+ rows of \d+ tables/);
    const summary = JSON.parse(readFileSync(json, 'utf8')) as BackupSummary;
    expect(summary).toMatchObject({ missing: [], differing: [], migration: knownMigrations().at(-1)?.tag });
    expect(summary.copied.objects).toBe(summary.objects.count);
    for (const at of ['objects', 'snapshots', `snapshots/${path.basename(summary.snapshot)}/manifest.json`]) expect(statSync(path.join(folder, at)).mode & 0o077).toBe(0);
    expect(existsSync(path.join(summary.snapshot, 'secrets.json'))).toBe(false);

    const target = await newTarget();
    const whole = { snapshot: path.basename(summary.snapshot), migration: summary.migration, rows: summary.rows, objects: summary.objects.count, bytes: summary.objects.bytes, missing: [] };
    for (const flags of [['--check'], []]) expect(await summaryOf('restore', ['--from', 'backups', ...flags], target.environment)).toMatchObject(whole);
    const second = await startServer(readServerEnvironment({ ...target.environment, PORT: '0' }), silent);
    const db = openDatabase({ url: target.databaseUrl, name: 'test', max: 2 });
    const there: Api = { ...api, url: second.url, db };
    try {
      expect(await answers(second.url, target.bucket)).toEqual(before);
      const call = caller(second.url, ann.key);
      const file = await call('GET', `/v1/runs/${done.id}/checkpoints/2/safetensors`);
      expect(await (await fetch(file.headers.get('location') ?? '')).text()).toBe(`model.safetensors of ${done.id}, step 6`);
      expect(await postJson(`${second.url}/auth/sign-in/email`, bea)).toBe(204);

      // The run's worker is somewhere else: its lease runs out, and another one goes on from the last checkpoint.
      const { expireLeases } = runQueue({ db, log: silent, settings: { quota: noLimits } });
      await until('the lease has run out', async () => (await expireLeases()) === 1, 4);
      const next = await claimed({ id: active.ticket.run }, there);
      expect(next.ticket).toMatchObject({ attempt: 2, resume: { epoch: 1, step: 3 } });
      const model = next.ticket.resume?.files.find(({ name }) => name === 'model.safetensors');
      expect(await (await fetch(model?.url ?? '')).text()).toBe(`model.safetensors of ${active.ticket.run}, step 3`);
      expect((await next.events(0, [started(3), ...epochOf(2), ...epochOf(3)])).status).toBe(204);
      await keep(next, 3);
      expect((await next.finish('succeeded')).status).toBe(204);
      const { body } = await call<Metrics>('GET', `/v1/runs/${active.ticket.run}/metrics`);
      expect(body.iterations.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      // An archive that waited to be imported is there too.
      expect((await claimIngest(there))?.ticket).toMatchObject({ name: 'waits', source: { kind: 'upload' } });

      const ctx = { db, log: silent, key: sealingKey(api.environment['AUTH_SECRET'] ?? ''), places: readPrivatePlaces('127.0.0.1'), resolve: () => Promise.reject(new Error('no name')), answerSeconds: 1 };
      const sending = startDeliveries({ ctx, databaseUrl: target.databaseUrl, pollSeconds: 0.1 });
      await call('POST', `/v1/webhooks/${hook.id}/test`);
      await until('the ping arrives', () => Promise.resolve(receiver.received.length > 0), 5);
      await sending.close();
      const [ping] = receiver.received;
      expect(new Webhook(hook.secret).verify(ping?.body ?? '', ping?.headers as Record<string, string>)).toMatchObject({ type: 'ping' });
    } finally {
      await closeDatabase(db);
      await second.close();
    }
  }, 60_000);

  it('copies only what is new, keeps what it is told to keep, and is not in the way of those that go on', async () => {
    const { api, active, folder, backUp } = world;
    const [firstName] = listSnapshots(folder);
    await active.events(1, epochOf(2));
    await keep(active, 2);
    const second = await backUp();
    expect(second.copied.objects).toBe(2);
    expect(listSnapshots(folder)).toHaveLength(2);
    const first = await verify(snapshotFolder(folder, firstName ?? ''));
    expect(first.objects).toHaveLength(second.objects.count - 2);

    // Superseded once more: what only the older backups name goes with them.
    for (const epoch of [3, 4]) {
      await active.events(epoch - 1, epochOf(epoch));
      await keep(active, epoch);
    }
    const copied = path.join(api.servers.folder, 'copied');
    cpSync(folder, copied, { recursive: true });
    const third = await backUp(copied, { keep: 1 });
    expect(third).toMatchObject({ copied: { objects: 4 }, removed: { snapshots: 2, objects: 2 } });
    expect(listSnapshots(copied)).toEqual([path.basename(third.snapshot)]);
    await verify(copied);
  });

  it('has all that its rows name, whatever is removed meanwhile', async () => {
    const { api, ann, active, create, backUp } = world;
    const proxy = await startStorageProxy(api.servers.s3.endpoint);
    try {
      const gone = await create('gone');
      const attempt = await claimed(gone, api);
      await attempt.events(0, [started(), ...epochOf(1)]);
      await keep(attempt, 1);
      await attempt.finish('failed', { code: 'diverged' });
      let meanwhile: Promise<void> | undefined;
      await sweep();
      const remove = async (): Promise<void> => {
        await active.events(4, epochOf(5));
        await keep(active, 5);
        expect((await ann.call('DELETE', `/v1/runs/${gone.id}`)).status).toBe(204);
        expect(await sweep()).toBe(0);
      };
      // The first answers are busy ones, until all that has been removed.
      let removed = false;
      proxy.fault = () => {
        meanwhile ??= remove().finally(() => (removed = true));
        return removed ? null : 503;
      };
      const to = path.join(api.servers.folder, 'other');
      const summary = await backUp(to, { endpoint: proxy.url });
      await meanwhile;
      expect(proxy.refused).toBeGreaterThan(0);
      expect(summary).toMatchObject({ missing: [], differing: [] });
      const { objects } = await verify(to);
      expect(objects.filter(({ key }) => key.startsWith(`runs/${gone.id}/`))).toHaveLength(2);
      expect(await sweep()).toBeGreaterThan(0);
      expect(await api.storage.size(`runs/${gone.id}/checkpoints/1-3/model.safetensors`)).toBeNull();
    } finally {
      await proxy.close();
    }
  });
});

describe('a restore', () => {
  it('of an older version of Thaw ends with the newest schema', async () => {
    const { api, backUp, restore, newTarget } = world;
    const [older, target] = [await newTarget(), await newTarget()];
    const [previous, newest] = knownMigrations().slice(-2);
    await migrate(older.databaseUrl, { through: previous?.tag ?? '' });
    const before = postgres(older.databaseUrl, { max: 1 });
    await before`insert into "user" (id, name, email) values ('u', '汉字\\t\n"', 'u@example.org')`;
    await before.end();
    const to = path.join(api.servers.folder, 'older');
    await backUp(to, { databaseUrl: older.databaseUrl });
    expect(await restore(to, target)).toMatchObject({ migration: previous?.tag, rows: 1 });
    const sql = postgres(target.databaseUrl, { max: 1 });
    expect(await sql`select id, name from "user"`).toEqual([{ id: 'u', name: '汉字\\t\n"' }]);
    expect(await sql`select hash from drizzle.__drizzle_migrations order by created_at desc limit 1`).toEqual([{ hash: newest?.hash }]);
    await sql.end();
  });

  it('sends large files in parts', async () => {
    const { api } = world;
    const content = Buffer.alloc(11 * 2 ** 20, 'parts');
    const [folder, sha256] = [path.join(api.servers.folder, 'large'), hexOf(content)];
    mkdirSync(path.dirname(objectFile(folder, sha256)), { recursive: true });
    writeFileSync(objectFile(folder, sha256), content);
    const bucket = openBucket(api.servers.s3);
    await putObjects(folder, [{ key: 'weights/large.bin', bytes: content.length, sha256 }], { bucket, screen, signal: never, partBytes: 5 * 2 ** 20 });
    bucket.client.destroy();
    expect(await api.storage.hash('weights/large.bin')).toBe(sha256);
    await api.storage.remove(['weights/large.bin']);
  });
});

describe('what is refused, with nothing changed', () => {
  const copyOfBackup = (name: string): string => {
    const copy = path.join(world.api.servers.folder, name);
    cpSync(world.folder, copy, { recursive: true });
    return copy;
  };
  const newestOf = (of: string): string => snapshotFolder(of, listSnapshots(of).at(-1) ?? '');
  const manifestOf = (snapshot: string): BackupManifest => JSON.parse(readFileSync(path.join(snapshot, 'manifest.json'), 'utf8')) as BackupManifest;
  const change = (snapshot: string, changes: object): void => writeFileSync(path.join(snapshot, 'manifest.json'), JSON.stringify({ ...manifestOf(snapshot), ...changes }));

  it('a backup that is damaged, incomplete, newer or none', async () => {
    const { done, command, restore, newTarget, isUntouched } = world;
    const target = await newTarget();
    const refused = async (name: string, damage: (copy: string, snapshot: string) => void, message: RegExp): Promise<void> => {
      const copy = copyOfBackup(name);
      damage(copy, newestOf(copy));
      await expect(restore(copy, target), name).rejects.toThrow(message);
      rmSync(copy, { recursive: true });
    };
    const someObject = (copy: string): string => objectFile(copy, hexOf(`model.safetensors of ${done.id}, step 6`));
    await refused('object', (copy) => void writeFileSync(someObject(copy), readFileSync(someObject(copy), 'utf8').toUpperCase()), /has other contents/);
    await refused('missing', (copy) => void rmSync(someObject(copy)), /is missing/);
    await refused('list', (_, snapshot) => void appendFileSync(path.join(snapshot, 'objects.ndjson.zst'), 'x'), /objects\.ndjson\.zst has/);
    await refused('newer', (_, snapshot) => change(snapshot, { migration: { tag: '9999_later', hash: '0'.repeat(64) } }), /newer or another version of Thaw/);
    await refused('outside', (_, snapshot) => change(snapshot, { tables: [{ ...manifestOf(snapshot).tables[0], name: '../../run' }] }), /no manifest/);
    await refused('unfinished', (copy) => listSnapshots(copy).forEach((name) => rmSync(path.join(snapshotFolder(copy, name), 'manifest.json'))), /no whole backup/);
    expect(await isUntouched(target)).toBe(true);
    const truncated = copyOfBackup('truncated');
    truncateSync(path.join(newestOf(truncated), 'tables/run.copy.zst'), 50);
    const check = command('restore', ['--from', 'truncated', '--check', '--json', 'truncated.json'], {});
    expect([await check.ended, existsSync(`${truncated}.json`)]).toEqual([2, false]);
    expect(check.output()).toMatch(/The backup is damaged:\n.*run\.copy\.zst has 50 bytes instead of/);
  });

  it('another AUTH_SECRET, a database or a bucket in use', async () => {
    const { api, folder, restore, newTarget, isUntouched } = world;
    const target = await newTarget();
    const authSecret = 'another-secret-0123456789-0123456789';
    await expect(restore(folder, target, { authSecret })).rejects.toThrow(/AUTH_SECRET is not the one of the backup.*--new-secret/);
    await expect(restore(folder, { ...target, databaseUrl: api.servers.databaseUrl })).rejects.toThrow(/thaw-api.* is at work on this database/);
    const bucketInUse = { ...target, bucket: api.servers.s3.bucket };
    await expect(restore(folder, bucketInUse)).rejects.toThrow(/bucket thaw-test is in use: it holds/);
    expect(await isUntouched(target)).toBe(true);

    await migrate(target.databaseUrl);
    const sql = postgres(target.databaseUrl, { max: 1 });
    await sql`insert into "user" (id, name, email) values ('u', 'u', 'u@example.org')`;
    await expect(restore(folder, target)).rejects.toThrow(/its table user has rows/);
    await sql`delete from "user"`;
    await sql.end();
    // An empty one with the schema will do, and a new secret where it is asked for.
    expect((await restore(folder, target, { authSecret, newSecret: true })).rows).toBeGreaterThan(0);
  });
});

describe('what is cut off', () => {
  it('leaves the earlier backup as it is, and the next one goes on', async () => {
    const { api, command, backUp, restore, newTarget } = world;
    const to = path.join(api.servers.folder, 'cut');
    const proxy = await startStorageProxy(api.servers.s3.endpoint);
    try {
      let allowed = 5;
      proxy.fault = () => (--allowed < 0 ? 503 : null);
      const cut = command('backup', ['--to', 'cut'], { ...api.environment, S3_ENDPOINT: proxy.url });
      await until('the storage has given what it gives', () => Promise.resolve(allowed < 0), 20);
      cut.child.kill('SIGINT');
      expect(await cut.ended, cut.output()).toBe(130);
      expect([listSnapshots(to), readdirSync(path.join(to, 'snapshots'))]).toEqual([[], []]);
      const next = await backUp(to);
      expect(next.copied.objects).toBeLessThan(next.objects.count);

      // So with a restore: its rows come last, and all at once.
      const target = await newTarget();
      allowed = 8;
      const stopped = new AbortController();
      proxy.fault = () => {
        if (--allowed >= 0) return null;
        stopped.abort(new Error('SIGINT'));
        return 503;
      };
      await expect(restore(to, target, { endpoint: proxy.url, signal: stopped.signal })).rejects.toThrow('SIGINT');
      const sql = postgres(target.databaseUrl, { max: 1 });
      expect((await sql`select count(*)::int as count from run`)[0]?.['count']).toBe(0);
      await sql.end();
      expect((await restore(to, target)).objects).toBe(next.objects.count);
    } finally {
      await proxy.close();
    }
  });
});

describe('a deployment whose storage has lost objects', () => {
  it('is backed up with a word about it, and its runs go on from what is whole', async () => {
    const { api, active, done, command, restore, newTarget } = world;
    const lost = `runs/${active.ticket.run}/checkpoints/1-15/state.safetensors`;
    await api.storage.remove([lost]);
    const changed = `runs/${done.id}/curves/iterations.csv`;
    await api.storage.putText(changed, 'step,loss\n1,3\n', 'text/csv');
    const made = command('backup', ['--to', 'lossy'], api.environment);
    expect(await made.ended).toBe(1);
    expect(made.output()).toContain(`the storage does not have them (1):\n  ${lost}\n`);
    expect(made.output()).toContain(`what it has was taken (1):\n  ${changed}\n`);
    const target = await newTarget();
    expect(await restore(path.join(api.servers.folder, 'lossy'), target)).toMatchObject({ checkpointsLeftOut: 1, missing: [lost] });
    const sql = postgres(target.databaseUrl, { max: 1 });
    const steps = await sql`select c.step, r.progress_step from checkpoint c join run r on r.id = c.run_id where r.id = ${active.ticket.run} order by step`.values();
    expect(steps).toEqual([[3, 12], [12, 12]]);
    await sql.end();
  });
});
