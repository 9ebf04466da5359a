import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { ensureUser } from '@thaw/api/auth/ensureUser';
import { importCifar10 } from '@thaw/api/datasets/importCifar10';
import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { logTail } from '@thaw/infra/stack/serverProcess';
import postgres from 'postgres';
import { anyStorage, writeSmallCifar10 } from '../../integration/apiHarness.ts';
import { startServers, type Servers } from '../../integration/servers.ts';
import { apiVariables } from '../apiProcess.ts';
import { usageOf } from '../trainer.ts';
import type { PersonPlan } from './plan.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export interface FleetPerson extends PersonPlan {
  id: string;
  key: string;
}

/** A process of the service that can be killed and comes again at the same address. */
export interface ServiceProcess {
  url: string;
  /** Kills it and starts it again. */
  again: () => Promise<void>;
  /** Seconds that processors have worked for it, in all its lives. */
  processorSeconds: () => number;
  stop: () => Promise<void>;
}

export interface FleetWorld {
  servers: Servers;
  sql: postgres.Sql;
  people: FleetPerson[];
  workerToken: string;
  apis: ServiceProcess[];
  dispatcher: ServiceProcess;
  stop: () => Promise<void>;
}

export interface FleetWorldOptions {
  people: readonly PersonPlan[];
  apiProcesses: number;
  leaseSeconds: number;
  /** Whether commits wait for the disk, as in life. */
  durable: boolean;
}

/** PostgreSQL, which counts its statements, an S3 server, API processes and a dispatcher that launches nothing, with people and their quotas. */
export async function startFleetWorld({ people: plans, apiProcesses, leaseSeconds, durable }: FleetWorldOptions): Promise<FleetWorld> {
  const servers = await startServers({ s3: anyStorage, durable });
  const started: ServiceProcess[] = [];
  const stopServers = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
    await servers.stop();
  };
  try {
    const setUp = postgres(servers.databaseUrl, { max: 1 });
    await setUp`alter system set shared_preload_libraries = 'pg_stat_statements'`;
    await setUp`alter system set max_connections = 300`;
    await setUp.end();
    await servers.restartDatabase('stopped');
    await migrate(servers.databaseUrl);
    const sql = postgres(servers.databaseUrl, { max: 2, onnotice: () => undefined });
    await sql`create extension if not exists pg_stat_statements`;
    const db = openDatabase({ url: servers.databaseUrl, name: 'fleet', max: 2 });
    const storage = openStorage(servers.s3);
    await importCifar10({ db, storage }, { folder: writeSmallCifar10(path.join(servers.folder, 'cifar'), { train: 20, test: 10 }) });
    storage.close();
    const people: FleetPerson[] = [];
    for (const plan of plans) {
      const { id } = await ensureUser({ db }, { email: `${plan.name}@example.org`, name: plan.name });
      const { key } = await createApiKey({ db }, { ownerId: id, name: plan.name, scopes: ['runs'] });
      if (plan.activeRuns !== null) await sql`insert into quota (owner_id, active_runs) values (${id}, ${plan.activeRuns})`;
      people.push({ ...plan, id, key });
    }
    const { id: operator } = await ensureUser({ db }, { email: 'operator@example.org', name: 'operator' });
    const { key: workerToken } = await createApiKey({ db }, { ownerId: operator, name: 'workers', scopes: ['worker'] });
    await closeDatabase(db);

    const environment = { ...apiVariables(servers), PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LOG_LEVEL: 'info', LEASE_SECONDS: String(leaseSeconds), QUOTA_WAITING_RUNS: '1000000' };
    const logFile = (name: string): string => path.join(servers.folder, `${name}.log`);
    const ports = await freePorts(apiProcesses);
    const begin = async (process: Promise<ServiceProcess>): Promise<ServiceProcess> => {
      const one = await process;
      started.push(one);
      return one;
    };
    const apis = await Promise.all(ports.map((port, n) => begin(startService('apps/api/src/server.ts', { ...environment, PORT: String(port) }, logFile(`api${n}`)))));
    const dispatcher = await begin(startService('apps/api/src/dispatcher.ts', { ...environment, THAW_LAUNCHER: 'none' }, logFile('dispatcher')));
    return { servers, sql, people, workerToken, apis, dispatcher, stop: async () => (await sql.end(), await stopServers()) };
  } catch (error) {
    await stopServers();
    throw error;
  }
}

/** Starts a program, and waits until it answers where it has a PORT. */
async function startService(program: string, env: Record<string, string>, logFile: string): Promise<ServiceProcess> {
  const url = `http://127.0.0.1:${env['PORT']}`;
  const log = createWriteStream(logFile, { flags: 'a' });
  let child: ChildProcess;
  let before = 0;
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [path.join(root, program)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
    if (env['PORT'] === undefined) return;
    for (const end = performance.now() + 60_000; !(await fetch(`${url}/healthz`).then(({ ok }) => ok, () => false)); await sleep(50))
      if (child.exitCode !== null || performance.now() > end) throw new Error(`${program} does not serve:\n${logTail(logFile)}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    before += usageOf(child.pid as number).processorSeconds;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    url,
    again: async () => {
      await end('SIGKILL');
      await start();
    },
    processorSeconds: () => before + usageOf(child.pid as number).processorSeconds,
    stop: async () => {
      await end('SIGTERM');
      log.end();
    },
  };
}
