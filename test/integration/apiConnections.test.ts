import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import type { Run } from '@thaw/contract/runs';
import { closeDatabase, openDatabase, type Executor } from '@thaw/db/client';
import { isDatabaseAway } from '@thaw/db/isDatabaseAway';
import { user } from '@thaw/db/schema/user';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, iteration, smallRun, startApi, started, until, type Api, type Person } from './apiHarness.ts';
import { startGate } from './databaseGate.ts';
import { followEvents } from './eventStream.ts';

let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { DATABASE_CONNECTIONS: '3' } });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());

const running = async (call = alice.call, url = api.url) => {
  const { id } = (await call<Run>('POST', '/v1/runs', smallRun)).body;
  const attempt = await claim({ ...api, url }, id);
  if (attempt === null) throw new Error('no run to claim');
  return { id, attempt };
};

describe('an API process', () => {
  it('has as many connections as it may, with a hundred streams and requests at once', async () => {
    const { id, attempt } = await running();
    const streams = await Promise.all(Array.from({ length: 100 }, () => followEvents(api.url, `/v1/runs/${id}/events`, alice.key)));
    const [, replies] = await Promise.all([attempt.events(0, [started(), iteration(1)]), Promise.all(Array.from({ length: 100 }, () => alice.call('GET', `/v1/runs/${id}`)))]);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const count = async (name: string) => (await api.sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity where application_name = ${name}`)[0]?.count;
    expect(await count('thaw-api')).toBe(3);
    expect(await count('thaw-api-listen')).toBeLessThanOrEqual(2);
    await Promise.all(streams.map(({ leave }) => leave()));
  });

  it('keeps statements prepared, also in transactions, where no pooler is between', async () => {
    const prepared = async (pooler: boolean): Promise<number> => {
      const db = openDatabase({ url: api.servers.databaseUrl, name: 'prepared', max: 1, pooler });
      await db.select({ id: user.id }).from(user).limit(1);
      await db.transaction((tx) => tx.select({ name: user.name }).from(user).limit(1));
      const [row] = await db.$client.unsafe<{ count: number }[]>('select count(*)::int as count from pg_prepared_statements where statement like \'%from "user" limit%\'');
      await closeDatabase(db);
      return row?.count ?? NaN;
    };
    expect(await prepared(false)).toBe(2);
    expect(await prepared(true)).toBe(0);
  });

  it('gives up a connection over which nothing comes any more, and goes on with another one', async () => {
    const gate = await startGate(api.servers.databaseUrl);
    const db = openDatabase({ url: gate.url, name: 'silent', max: 1, silentSeconds: 1 });
    try {
      const ask = () => db.$client.unsafe('select 1 as one');
      expect(await ask()).toEqual([{ one: 1 }]);
      gate.forget();
      const failure = await ask().then(() => null, (error: unknown) => error);
      expect(isDatabaseAway(failure)).toBe(true);
      expect(await ask()).toEqual([{ one: 1 }]);
      // Asked in the very moment of a failure.
      const again = db.$client.unsafe('select pg_sleep(5)').catch(ask);
      await until('it asks', async () => (await api.sql`select 1 from pg_stat_activity where application_name = 'silent' and query like '%pg_sleep%' and state = 'active'`).length === 1);
      gate.reset();
      expect(await again).toEqual([{ one: 1 }]);
    } finally {
      await closeDatabase(db);
      gate.close();
    }
  });
});

describe('a transaction whose connection is cut', () => {
  const asleep = (name: string) =>
    until('it is at work', async () => (await api.sql`select 1 from pg_stat_activity where application_name = ${name} and query like '%pg_sleep%' and state = 'active'`).length === 1);

  it('is over: what it says afterwards is refused, and is not done on the connection that comes next', async () => {
    const gate = await startGate(api.servers.databaseUrl);
    const db = openDatabase({ url: gate.url, name: 'cut', max: 1 });
    const said = async () => (await db.$client.unsafe<{ what: string }[]>('select what from said')).map(({ what }) => what);
    const say = (what: string) => `insert into said values ('${what}')`;
    try {
      await db.$client.unsafe('create table said (what text)');
      let later: Promise<unknown> = Promise.resolve();
      const cut = db.transaction(async (tx) => {
        await tx.execute(say('before'));
        later = tx.execute('select pg_sleep(10)').then(
          () => null,
          async () => {
            await said();
            return tx.execute(say('after')).then(() => 'done', (error: unknown) => error);
          },
        );
        await later;
      });
      await asleep('cut');
      gate.end();
      expect(await cut.then(() => null, isDatabaseAway)).toBe(true);
      expect(isDatabaseAway(await later)).toBe(true);
      expect(await said()).toEqual([]);
    } finally {
      await closeDatabase(db);
      gate.close();
    }
  });

  it('takes this process with it in no case: at work, between two statements, or at its end', async () => {
    const gate = await startGate(api.servers.databaseUrl);
    const db = openDatabase({ url: gate.url, name: 'cut-anywhere', max: 1 });
    const cut = async () => {
      gate.end();
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    try {
      const works: ((tx: Executor) => Promise<unknown>)[] = [
        (tx) => Promise.all([tx.execute('select pg_sleep(10)'), asleep('cut-anywhere').then(cut)]),
        (tx) => tx.execute('select 1').then(cut).then(() => tx.execute('select 1')),
        (tx) => tx.execute('select 1').then(cut),
        (tx) => tx.execute('select 1').then(cut).then(() => Promise.reject(new Error('no'))),
      ];
      for (const work of works) expect(await db.transaction(work).then(() => null, isDatabaseAway)).toBe(true);
      expect(await db.transaction((tx) => tx.execute('select 1 as one'))).toEqual([{ one: 1 }]);
    } finally {
      await closeDatabase(db);
      gate.close();
    }
  });
});

const missing = spawnSync('pgbouncer', ['--version']).status === 0 ? null : 'pgbouncer is not installed';

describe.skipIf(missing !== null)('behind pgbouncer in transaction mode', () => {
  let port = 0;
  let stop = (): void => undefined;
  const through = (): string => {
    const url = new URL(api.servers.databaseUrl);
    url.port = String(port);
    return url.href;
  };

  beforeAll(async () => {
    const { hostname, port: at, username, password, pathname } = new URL(api.servers.databaseUrl);
    [port = 0] = await freePorts(1);
    const [config, list] = [path.join(api.servers.folder, 'pgbouncer.ini'), path.join(api.servers.folder, 'users.txt')];
    writeFileSync(list, `"${username}" "${password}"\n`);
    writeFileSync(
      config,
      `[databases]\n${pathname.slice(1)} = host=${hostname} port=${at}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = plain\nauth_file = ${list}\npool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\n`,
    );
    for (const file of [config, list]) chmodSync(file, 0o644);
    const child = spawn('pgbouncer', [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), config], { stdio: 'ignore' });
    stop = () => void child.kill('SIGKILL');
    await until('pgbouncer listens', () => new Promise<boolean>((resolve) => connect(port, '127.0.0.1').once('connect', () => resolve(true)).once('error', () => resolve(false))));
  });
  afterAll(() => stop());

  it('all works: runs, locks, streams by notification past it', async () => {
    const other = await startServer(readServerEnvironment({ ...api.environment, DATABASE_CONNECTIONS: '10', DATABASE_URL: through(), DATABASE_DIRECT_URL: api.servers.databaseUrl }), createLog('other', 'silent'));
    const call = caller(other.url, alice.key);
    const replies = await Promise.all(Array.from({ length: 60 }, () => call('GET', '/v1/runs')));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const { id, attempt } = await running(call, other.url);
    const stream = await followEvents(other.url, `/v1/runs/${id}/events`, alice.key);
    const batches = () => stream.messages.filter(({ event }) => event === 'batch').length;
    await until('the run', () => Promise.resolve(stream.messages.length > 0));
    const began = performance.now();
    await attempt.events(0, [started(), iteration(1)]);
    await until('the batch', () => Promise.resolve(batches() === 1));
    expect(performance.now() - began).toBeLessThan(1500);
    await attempt.finish('succeeded');
    await stream.ended;
    await other.close();
  });

  it('streams go on by asking when nothing goes past it', async () => {
    const other = await startServer(readServerEnvironment({ ...api.environment, DATABASE_URL: through(), DATABASE_DIRECT_URL: through() }), createLog('other', 'silent')).catch((error: unknown) => error as Error);
    if (other instanceof Error) throw other;
    const { id, attempt } = await running();
    const stream = await followEvents(other.url, `/v1/runs/${id}/events`, alice.key);
    await attempt.events(0, [started(), iteration(1)]);
    await until('the batch', () => Promise.resolve(stream.messages.some(({ event }) => event === 'batch')));
    await stream.leave();
    await other.close();
  });
});
