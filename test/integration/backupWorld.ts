import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Run } from '@thaw/contract/runs';
import type { WebhookWithSecret } from '@thaw/contract/webhooks';
import { runBackup, type BackupSummary } from '@thaw/infra/backup/runBackup';
import { Screen } from '@thaw/infra/demo/screen';
import { runRestore, type RestoreSummary } from '@thaw/infra/restore/runRestore';
import { openBackup, verifyBackup, type OpenBackup } from '@thaw/infra/restore/verifyBackup';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import postgres from 'postgres';
import { anyStorage, caller, claim, epochEnd, epochOf, smallRun, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';
import { startReceiver, type Receiver } from './webhookReceiver.ts';

/** An empty database and the name of a bucket that is not there, on the servers of the deployment that is backed up. */
export interface Target {
  databaseUrl: string;
  bucket: string;
  environment: Record<string, string>;
}

export interface Command {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

export const screen = new Screen({ write: () => undefined }, 'dumb');
export const never = new AbortController().signal;
export const bea = { email: 'bea@example.org', password: 'correct horse battery' };
export const hexOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
/** @returns the backup, once all of it is known to be whole */
export async function verify(from: string): Promise<OpenBackup> {
  const backup = await openBackup(from, never);
  await verifyBackup(backup, screen, never);
  return backup;
}

export async function postJson(url: string, body: object): Promise<number> {
  return (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status;
}

export async function claimed({ id }: { id: string }, at: Api): Promise<Attempt> {
  const attempt = await claim(at, id);
  if (attempt === null) throw new Error('no run to claim');
  return attempt;
}

/** A checkpoint whose files have the hashes that their rows say; the first one is the best. */
export async function keep(attempt: Attempt, epoch: number): Promise<void> {
  const [step, files] = [epoch * 3, [] as object[]];
  for (const name of ['model.safetensors', 'state.safetensors']) {
    const content = `${name} of ${attempt.ticket.run}, step ${step}`;
    files.push({ name, key: await attempt.upload({ kind: 'checkpoint', step, name }, content), bytes: content.length, sha256: hexOf(content) });
  }
  const { status } = await attempt.post('checkpoints', { epoch, step, best: epoch === 1, files });
  if (status !== 204) throw new Error(`checkpoints: ${status}`);
}

/** A deployment with a person, a webhook, a data set and one that waits to be imported, a run that is done and one that is under way. */
export interface BackupWorld {
  api: Api;
  ann: Person;
  receiver: Receiver;
  /** Of the backups. */
  folder: string;
  done: Run;
  active: Attempt;
  hook: WebhookWithSecret;
  create: (name: string) => Promise<Run>;
  newTarget: () => Promise<Target>;
  /** `endpoint` of the storage, where something lies between. */
  backUp: (to?: string, how?: { keep?: number; endpoint?: string; databaseUrl?: string }) => Promise<BackupSummary>;
  restore: (from: string, target: Target, how?: { newSecret?: boolean; authSecret?: string; endpoint?: string; signal?: AbortSignal }) => Promise<RestoreSummary>;
  command: (name: 'backup' | 'restore', args: string[], environment: Record<string, string>) => Command;
  /** What the command, which is to go well, writes with --json. */
  summaryOf: (name: 'backup' | 'restore', args: string[], environment: Record<string, string>) => Promise<unknown>;
  /** What the API says to Ann, but for the name of the bucket. */
  answers: (url: string, bucket: string) => Promise<unknown[]>;
  isUntouched: (target: Target) => Promise<boolean>;
  close: () => Promise<void>;
}

export async function openBackupWorld(): Promise<BackupWorld> {
  const receiver = await startReceiver();
  const api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '2', WEBHOOK_ALLOW_PRIVATE: '127.0.0.1' } });
  const ann = await api.person('ann', ['admin'], 'administrator');
  const create = async (name: string): Promise<Run> => (await ann.call<Run>('POST', '/v1/runs', { ...smallRun, name })).body;
  await postJson(`${api.url}/auth/sign-up/email`, { name: 'bea', ...bea });
  const hook = (await ann.call<WebhookWithSecret>('POST', '/v1/webhooks', { name: 'hook', url: receiver.url, events: ['run.failed'] })).body;
  await uploadedDataset(api, ann);
  await (await claimIngest(api))?.complete(petImages());
  await uploadedDataset(api, ann, 'waits');

  const done = await create('done');
  const first = await claimed(done, api);
  await first.events(0, [started(), epochEnd(0, null), ...epochOf(1), ...epochOf(2)]);
  await keep(first, 1);
  await keep(first, 2);
  const content = 'step,loss\n1,2\n';
  const key = await first.upload({ kind: 'curve', name: 'iterations.csv' }, content);
  await first.finish('succeeded', { curves: [{ name: 'iterations.csv', key, bytes: content.length, sha256: hexOf(content) }] });

  const active = await claimed(await create('active'), api);
  await active.events(0, [started(), epochEnd(0, null), ...epochOf(1)]);
  await keep(active, 1);

  const { s3 } = api.servers;
  const authSecretOfAll = api.environment['AUTH_SECRET'] ?? '';
  const stateOf = (databaseUrl: string, bucket: string, { authSecret = authSecretOfAll, endpoint = s3.endpoint }: { authSecret?: string | undefined; endpoint?: string | undefined }) => ({
    databaseUrl,
    s3: { ...s3, endpoint, bucket },
    authSecret,
    local: null,
    close: () => Promise.resolve(),
  });
  const folder = path.join(api.servers.folder, 'backups');
  let targets = 0;
  const command: BackupWorld['command'] = (name, args, environment) => {
    const child = spawn(process.execPath, [path.join(repositoryRoot, `infra/src/${name}.ts`), ...args], {
      env: { ...process.env, ...environment, INIT_CWD: api.servers.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    return { child, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) };
  };

  return {
    api,
    ann,
    receiver,
    folder,
    done,
    active,
    hook,
    create,
    newTarget: async () => {
      const name = `restored_${++targets}`;
      await api.sql.unsafe(`create database ${name}`);
      const url = new URL(api.servers.databaseUrl);
      url.pathname = `/${name}`;
      const bucket = `thaw-restored-${targets}`;
      return { databaseUrl: url.href, bucket, environment: { ...api.environment, DATABASE_URL: url.href, S3_BUCKET: bucket } };
    },
    backUp: (to = folder, { keep = null, endpoint, databaseUrl = api.servers.databaseUrl }: { keep?: number | null; endpoint?: string; databaseUrl?: string } = {}) =>
      runBackup({ folder: to, keep, stateFolder: '', jsonFile: null }, stateOf(databaseUrl, s3.bucket, { endpoint }), screen, never),
    restore: async (from, { databaseUrl, bucket }, { newSecret = false, signal = never, authSecret, endpoint } = {}) =>
      runRestore(await openBackup(from, never), stateOf(databaseUrl, bucket, { authSecret, endpoint }), { newSecret }, screen, signal),
    command,
    summaryOf: async (name, args, environment) => {
      const json = path.join(api.servers.folder, 'summary.json');
      const { ended, output } = command(name, [...args, '--json', json], environment);
      if ((await ended) !== 0) throw new Error(output());
      const summary: unknown = JSON.parse(readFileSync(json, 'utf8'));
      rmSync(json);
      return summary;
    },
    answers: async (url, bucket) => {
      const call = caller(url, ann.key);
      const ofDone = ['', '/metrics', '/checkpoints', '/logs', '/curves/iterations.csv'].map((more) => `runs/${done.id}${more}`);
      const others = ['runs', `runs/${active.ticket.run}`, 'datasets', 'datasets/cifar10/images?limit=5', 'webhooks', 'worker-tokens', 'audit?everyone=true', 'users', 'presets'];
      const replies = [];
      for (const at of [...ofDone, ...others]) {
        const { status, body, headers } = await call('GET', `/v1/${at}`);
        const location = headers.get('location')?.replace(/\?.*/, '') ?? '';
        replies.push([at, status, JSON.parse(JSON.stringify([body, location]).replaceAll(bucket, 'BUCKET')) as unknown]);
      }
      return replies;
    },
    isUntouched: async ({ databaseUrl, bucket }) => {
      const sql = postgres(databaseUrl, { max: 1 });
      const tables = await sql`select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`;
      await sql.end();
      const { status } = await fetch(`${s3.endpoint}/${bucket}`);
      return tables.length === 0 && status !== 200;
    },
    close: async () => {
      await receiver.close();
      await api.stop();
    },
  };
}
