import { freePorts, requireFreePorts } from '@thaw/infra/stack/freePorts';
import { portPurposes, stackPorts } from '@thaw/infra/stack/stackPorts';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startServers, temporaryFolder, type Servers } from './servers.ts';
import { freePortRange, recordedProcesses, startStackProcess, survivors, type StackProcess } from './stackProcess.ts';

let folder: string;
let state: string;
let port: number;
let running: StackProcess[];
const start = (env?: NodeJS.ProcessEnv): StackProcess => {
  const stack = startStackProcess(state, port, env);
  running.push(stack);
  return stack;
};

beforeEach(async () => {
  folder = temporaryFolder();
  state = path.join(folder, 'state');
  port = await freePortRange();
  running = [];
});
afterEach(async () => {
  for (const stack of running) stack.kill('SIGTERM');
  await Promise.all(running.map((stack) => stack.exit));
  rmSync(folder, { recursive: true, force: true });
});

it('starts, survives being killed, runs once a state folder, and leaves nothing behind after Ctrl-C', { timeout: 120_000 }, async () => {
  const first = start();
  const { api, email, password, apiKey, s3, dashboard } = await first.ready();
  expect([api, dashboard, s3.bucket]).toEqual([`http://localhost:${port + 1}`, null, 'thaw']);
  const reply = await fetch(`${api}/v1/datasets`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect(await reply.json()).toMatchObject({ items: [{ id: 'cifar10', builtIn: true, version: 1 }] });
  expect((await fetch(`${api}/v1/datasets`)).status).toBe(401);
  const signIn = (secret: string | null) =>
    fetch(`${api}/auth/sign-in/email`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password: secret }) });
  const cookie = (await signIn(password)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(await (await fetch(`${api}/v1/account`, { headers: { cookie } })).json()).toMatchObject({ email: 'local@thaw.invalid', role: 'administrator', signIn: ['password'] });
  // As the dashboard sends it on: its origin, and the API's own host.
  const changed = 'my own long password';
  const change = await fetch(`${api}/auth/change-password`, {
    method: 'POST',
    headers: { cookie, origin: `http://localhost:${port}`, 'content-type': 'application/json' },
    body: JSON.stringify({ currentPassword: password, newPassword: changed }),
  });
  expect(change.status).toBe(204);
  for (const file of ['secrets.json', 'lock']) expect(statSync(path.join(state, file)).mode & 0o077).toBe(0);

  // Killed without a chance to stop anything: its servers must not live on.
  const processes = recordedProcesses(state);
  expect(processes).toHaveLength(4);
  first.kill('SIGKILL');
  expect(await survivors(processes, 15_000)).toEqual([]);

  const second = start();
  expect(await second.ready()).toMatchObject({ apiKey, email, password: null });
  expect((await signIn(changed)).status).toBe(204);
  const third = await startStackProcess(state, await freePortRange()).exit;
  expect(third.code).toBe(1);
  expect(third.output).toContain(`already running on ${state} (process ${second.pid}, http://localhost:${port + 1})`);
  expect((await fetch(`${api}/readyz`)).status).toBe(200);

  const ofSecond = recordedProcesses(state);
  // Once from the terminal, once from the launcher.
  second.kill('SIGINT');
  second.kill('SIGINT');
  expect((await second.exit).code).toBe(0);
  expect(await survivors(ofSecond, 0)).toEqual([]);
  expect(existsSync(path.join(state, 'processes.json')) || existsSync(path.join(state, 'lock'))).toBe(false);
  await requireFreePorts(portPurposes(stackPorts(port), { postgres: true, storage: true, dashboard: true }), '');
});

it('says which port is taken and what for, and starts nothing', { timeout: 30_000 }, async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port + 3, '127.0.0.1', resolve));
  const { code, output } = await start().exit;
  other.close();
  expect(code).toBe(1);
  expect(output.trim()).toBe(`Port ${port + 3}, needed for the S3 server, is taken by another program. Stop that program, or choose other ports with "-- --port N".`);
  expect(existsSync(path.join(state, 'processes.json'))).toBe(false);
});

it('stops what it has begun when told to while starting', { timeout: 60_000 }, async () => {
  const stack = start();
  while (!existsSync(path.join(state, 'processes.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const processes = recordedProcesses(state);
  stack.kill('SIGTERM');
  expect((await stack.exit).code).toBe(0);
  expect(await survivors(processes, 0)).toEqual([]);
});

it('uses a database and an S3 server that are given, and ends with a sentence when a part of it dies', { timeout: 120_000 }, async () => {
  const servers: Servers = await startServers({ s3: 'seaweedfs' });
  try {
    const { endpoint, bucket, accessKeyId, secretAccessKey } = servers.s3;
    const env = { DATABASE_URL: servers.databaseUrl, S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey };
    const stack = start(env);
    const addresses = await stack.ready();
    expect([addresses.databaseUrl, addresses.s3.endpoint]).toEqual([servers.databaseUrl, endpoint]);
    const [apiServer, dispatcher] = recordedProcesses(state);
    if (!apiServer || !dispatcher) throw new Error('an API server and a dispatcher were expected');
    process.kill(apiServer.pid, 'SIGKILL');
    const { code, output } = await stack.exit;
    expect([code, output]).toEqual([1, expect.stringContaining('The API server ended with SIGKILL, so everything is stopped.')]);
    expect(await survivors([dispatcher], 0)).toEqual([]);
    expect(readFileSync(path.join(state, 'logs/api.log'), 'utf8')).not.toContain(secretAccessKey);
  } finally {
    await servers.stop();
  }
});

it('names the variable of the environment that cannot be used', { timeout: 30_000 }, async () => {
  const [nobody = 0] = await freePorts(1);
  const outcome = async (env: NodeJS.ProcessEnv): Promise<string> => (await start(env).exit).output.trim();
  expect(await outcome({ S3_ENDPOINT: 'http://127.0.0.1:1' })).toMatch(/^S3_ENDPOINT needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY/);
  expect(await outcome({ DATABASE_URL: 'mysql://x' })).toMatch(/^The environment variable DATABASE_URL is not an address/);
  expect(await outcome({ DATABASE_URL: `postgres://u:p@127.0.0.1:${nobody}/x` })).toContain('The database of DATABASE_URL does not answer');
});
