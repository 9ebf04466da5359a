import { taskQueue } from '@thaw/api/dispatch/taskQueue';
import { createLog } from '@thaw/api/log';
import type { RunExport } from '@thaw/contract/exports';
import type { Preview } from '@thaw/contract/previews';
import type { Run } from '@thaw/contract/runs';
import { expect } from 'vitest';
import { anyStorage, claim, epochEnd, epochOf, smallRun, startApi, started, type Api, type Person } from './apiHarness.ts';
import { claimTask } from './taskByHand.ts';

export const log = createLog('test', 'silent');

/** An API with a run that has succeeded, and hands for what is asked of it. */
export interface TaskWorld {
  api: Api;
  alice: Person;
  bob: Person;
  /** Alice's, of four epochs: the first was the best, and the checkpoint of the second is not kept. */
  run: Run;
  trainedRun: (name: string, epochs?: number) => Promise<Run>;
  /** Asks for an export, of the run as ONNX unless told otherwise. */
  ask: (body?: object, of?: string, who?: Person) => ReturnType<typeof post<RunExport>>;
  look: (id: string) => ReturnType<typeof post<RunExport>>;
  preview: (body?: object, who?: Person) => ReturnType<typeof post<Preview>>;
  /** The task that is next. */
  must: () => Promise<NonNullable<Awaited<ReturnType<typeof claimTask>>>>;
  /** Follows a redirect as curl -L does: without the key. */
  follow: (address: string) => Promise<{ text: string; disposition: string | null }>;
  queue: () => ReturnType<typeof taskQueue>;
  statuses: () => Promise<string[]>;
  /** Ends the pauses after failures. */
  waitNot: () => Promise<unknown>;
}

/** A recipe for previews. */
export const previewSpec = { preset: 'quick', model: { weights: 'none' }, data: { dataset: 'cifar10', batchSize: 32 } };

const post = <T>(who: Person, path: string, body: object) => who.call<T>('POST', path, body);

export async function startTaskWorld(): Promise<TaskWorld> {
  const api = await startApi({ s3: anyStorage });
  const [alice, bob] = [await api.person('alice'), await api.person('bob')];

  async function trainedRun(name: string, epochs = 4): Promise<Run> {
    const { id } = (await post<Run>(alice, '/v1/runs', { ...smallRun, name, schedule: { epochs } })).body;
    const attempt = await claim(api, id);
    if (attempt === null) throw new Error('no run waits');
    await attempt.events(0, [started(), epochEnd(0)]);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await attempt.events(epoch, epochOf(epoch));
      expect((await attempt.checkpoint(epoch, epoch * 3, epoch === 1)).status).toBe(204);
    }
    await attempt.finish('succeeded');
    return (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
  }

  const run = await trainedRun('猫 & dogs');
  return {
    api,
    alice,
    bob,
    run,
    trainedRun,
    ask: (body = {}, of = run.id, who = alice) => post<RunExport>(who, `/v1/runs/${of}/exports`, { format: 'onnx', ...body }),
    look: (id) => alice.call<RunExport>('GET', `/v1/runs/${run.id}/exports/${id}`),
    preview: (body = {}, who = alice) => post<Preview>(who, '/v1/previews', { spec: previewSpec, ...body }),
    must: async () => {
      const task = await claimTask(api);
      if (task === null) throw new Error('no task waits');
      return task;
    },
    follow: async (address) => {
      const redirect = await alice.call('GET', address);
      expect(redirect.status).toBe(302);
      const file = await fetch(redirect.headers.get('location') ?? '');
      return { text: await file.text(), disposition: file.headers.get('content-disposition') };
    },
    queue: () => taskQueue({ db: api.db, log }),
    statuses: async () => (await api.sql<{ status: string }[]>`select status from task order by created_at`).map(({ status }) => status),
    waitNot: () => api.sql`update task set available_at = now() - interval '1 second'`,
  };
}
