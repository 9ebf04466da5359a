import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureWorkerToken } from '@thaw/api/auth/ensureWorkerToken';
import { newKey } from '@thaw/api/auth/tokens';
import { importCifar10 } from '@thaw/api/datasets/importCifar10';
import { openStorage, type Storage } from '@thaw/api/storage/storage';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { closeDatabase, openDatabase, type Database } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { weights } from '@thaw/db/schema/weights';
import { freePorts } from '@thaw/infra/stack/freePorts';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, until, writeSmallCifar10 } from './apiHarness.ts';
import { startServers, type Servers } from './servers.ts';

let servers: Servers;
let db: Database;
let sql: postgres.Sql;
let storage: Storage;

beforeAll(async () => {
  servers = await startServers({ s3: anyStorage });
  await migrate(servers.databaseUrl);
  db = openDatabase({ url: servers.databaseUrl, name: 'test' });
  sql = postgres(servers.databaseUrl, { max: 1 });
  storage = openStorage(servers.s3);
}, 60_000);
afterAll(async () => {
  storage?.close();
  await sql?.end();
  if (db !== undefined) await closeDatabase(db);
  await servers?.stop();
});

describe('set-up', () => {
  it('migrates one empty database from two processes at once, and again', async () => {
    const url = new URL(servers.databaseUrl);
    await sql`create database second`;
    url.pathname = '/second';
    const script = "import { migrate } from '@thaw/db/migrate'; await migrate(process.argv[1]);";
    const inProcess = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, url.href], { cwd: import.meta.dirname });
    const second = postgres(url.href, { max: 1 });
    // While one is at work the others wait.
    await second`select pg_advisory_lock(${advisoryLocks.migrate})`;
    const all = Promise.all([inProcess(), inProcess(), migrate(url.href)]);
    const waiting = () => second`select 1 from pg_locks where locktype = 'advisory' and not granted`;
    await until('three wait', async () => (await waiting()).length === 3);
    expect(await second`select 1 from pg_tables where schemaname in ('public', 'drizzle')`).toHaveLength(0);
    await second`select pg_advisory_unlock(${advisoryLocks.migrate})`;
    await all;
    await migrate(url.href);
    expect(await second`select * from api_key`).toHaveLength(0);
    await second.end();
  });

  it('keeps the data sets of before there were imports, ready as they were', async () => {
    const url = new URL(servers.databaseUrl);
    await sql`create database older`;
    url.pathname = '/older';
    const older = postgres(url.href, { max: 1, onnotice: () => undefined });
    const read = (name: string) => readFileSync(path.resolve(import.meta.dirname, '../../db/migrations', name), 'utf8');
    const [first] = (JSON.parse(read('meta/_journal.json')) as { entries: { tag: string; when: number }[] }).entries;
    if (first === undefined) throw new Error('no migrations');
    await older.unsafe(read(`${first.tag}.sql`));
    await older`create schema drizzle`;
    await older`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
    await older`insert into drizzle.__drizzle_migrations (hash, created_at) values ('first', ${first.when})`;
    await older`insert into "user" (id, name, email) values ('u', 'u', 'u@example.org')`;
    await older`insert into dataset (id, name) values ('cifar10', 'CIFAR-10'), ('empty', 'Empty')`;
    await older`insert into dataset_version (dataset_id, version, manifest_key, manifest) values ('cifar10', 1, 'k', '{"version":1}')`;
    await older`insert into run (id, owner_id, name, spec, dataset_id, dataset_version) values ('r', 'u', 'r', '{}', 'cifar10', 1)`;
    await migrate(url.href);
    const [version] = await older`select status, source, manifest, manifest_key, finished_at = created_at as ended from dataset_version`;
    expect(version).toEqual({ status: 'ready', source: { kind: 'builtin' }, manifest: { version: 1 }, manifest_key: 'k', ended: true });
    expect(await older`select id, last_version from dataset order by id`).toEqual([{ id: 'cifar10', last_version: 1 }, { id: 'empty', last_version: 0 }]);
    expect(await older`select id from run`).toHaveLength(1);
    await older.end();
  });

  it('waits for a database that is not there yet, and says so in words when it never comes', async () => {
    const [port = 0] = await freePorts(1);
    const url = new URL(servers.databaseUrl);
    const { port: real } = url;
    url.port = String(port);
    const refused = await migrate(url.href).catch(String);
    expect(refused).toMatch(new RegExp(`The database at 127.0.0.1:${port} does not answer`));
    expect(refused).not.toContain(url.password + '@');
    const waiting = migrate(url.href, { waitSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 600));
    const gate = createServer((socket) => socket.pipe(connect(Number(real), '127.0.0.1')).pipe(socket).on('error', () => undefined));
    gate.listen(port, '127.0.0.1');
    await waiting;
    gate.close();
    url.port = real;
    url.password = 'wrong';
    await expect(migrate(url.href, { waitSeconds: 20 })).rejects.toThrow(/cannot be brought up to date: password authentication failed/);
  });

  it('imports CIFAR-10 once, puts lost files back, and refuses other images', async () => {
    const folder = writeSmallCifar10(path.join(servers.folder, 'cifar'), { train: 20, test: 10 });
    const other = writeSmallCifar10(path.join(servers.folder, 'other'), { train: 30, test: 10 });
    const [one, two] = await Promise.all([importCifar10({ db, storage }, { folder }), importCifar10({ db, storage }, { folder: other })]);
    // Whoever came first; the other found it done.
    expect(one).toEqual(two);
    await sql`delete from dataset`;
    await importCifar10({ db, storage }, { folder });
    expect(await importCifar10({ db, storage }, { folder: '/nowhere' })).toMatchObject({ packs: [{ images: 200 }, { images: 100 }] });
    const key = 'datasets/cifar10/v1/train.safetensors';
    const bytes = await storage.size(key);
    await storage.remove([key]);
    await expect(importCifar10({ db, storage }, { folder: other })).rejects.toThrow(/are not those that the data set cifar10 was made of/);
    await importCifar10({ db, storage }, { folder });
    expect(await storage.size(key)).toBe(bytes);
  });

  it('makes an administrator and takes the token that the workers have been given, if it is a good one', async () => {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = servers.s3;
    const token = newKey().key;
    const env = {
      ...{ PATH: process.env['PATH'], DATABASE_URL: servers.databaseUrl, THAW_ADMIN_EMAIL: 'root@example.org', THAW_ADMIN_PASSWORD: 'a password of root', THAW_WORKER_TOKEN: token },
      ...{ S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
    };
    const script = path.resolve(import.meta.dirname, '../../infra/docker/seed.ts');
    await promisify(execFile)(process.execPath, [script, 'access'], { env });
    const [root] = await sql<{ id: string; role: string }[]>`select id, role from "user" where email = 'root@example.org'`;
    expect(root?.role).toBe('administrator');
    const again = (given: string) => ensureWorkerToken({ db }, { ownerId: root?.id ?? '', name: 'again', token: given });
    await again(token);
    expect(await sql`select owner_id, scopes from api_key`).toEqual([{ owner_id: root?.id, scopes: ['worker'] }]);
    for (const weak of ['secret', `thaw_0123456789abcdef_${'ab'.repeat(21)}c`]) await expect(again(weak)).rejects.toThrow(/must be "thaw_"/);
    await sql`update api_key set revoked_at = now()`;
    await expect(again(token)).rejects.toThrow(/was revoked/);
  });

  it('reads sizes beyond four bytes as numbers', async () => {
    await db.insert(weights).values({ id: 'big', ownerId: null, name: 'big', key: 'k', bytes: 5e9, sha256: 'f'.repeat(64) });
    const [row] = await db.select({ bytes: weights.bytes }).from(weights);
    expect((row?.bytes ?? 0) + 1).toBe(5_000_000_001);
  });
});
