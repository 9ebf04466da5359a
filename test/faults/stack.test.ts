import { rmSync } from 'node:fs';
import path from 'node:path';
import { run as runOf, type Run } from '@thaw/contract/runs';
import type { StackAddresses } from '@thaw/infra/stack/startStack';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { childrenOf, isAlive } from '../integration/processTree.ts';
import { temporaryFolder } from '../integration/servers.ts';
import { freePortRange, startStackProcess, type StackProcess } from '../integration/stackProcess.ts';
import { expectInTime } from './expectSound.ts';
import { full, goalSeconds as goal, leaseSeconds, status } from './faultWorld.ts';
import { note } from './table.ts';

/** `npm start`, with the real trainer, is stopped or loses its power in the middle of a run, and is started again on the same state. */
const lease = { LEASE_SECONDS: String(leaseSeconds), HEARTBEAT_SECONDS: String(full ? 10 : 0.8) };
const epochs = full ? 30 : 8;
let folder: string;
let port: number;
let stack: StackProcess;
let there: StackAddresses;

async function start(): Promise<void> {
  stack = startStackProcess(path.join(folder, 'state'), port, lease);
  there = await stack.ready();
}
async function ask(method: string, address: string, body?: object): Promise<unknown> {
  const reply = await fetch(there.api + address, {
    method,
    headers: { authorization: `Bearer ${there.apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(reply.ok, `${method} ${address}: ${reply.status}`).toBe(true);
  return reply.json();
}
const look = async (id: string): Promise<Run> => runOf.parse(await ask('GET', `/v1/runs/${id}`));
const until = (id: string, done: (run: Run) => boolean, seconds = full ? 300 : 90): Promise<Run> =>
  vi.waitFor(
    async () => {
      const run = await look(id);
      if (!done(run)) throw new Error(`the run stands at ${run.status}, attempt ${run.attempt}, step ${run.step}, ${JSON.stringify(run.failure)}`);
      return run;
    },
    { timeout: seconds * 1000, interval: 50 },
  );
const checkpointed = async (id: string, than: number): Promise<number> => {
  let newest = 0;
  await until(id, (run) => run.step > than);
  await vi.waitFor(
    async () => {
      const { items } = (await ask('GET', `/v1/runs/${id}/checkpoints`)) as { items: { step: number }[] };
      newest = items.at(-1)?.step ?? 0;
      expect(newest).toBeGreaterThan(than);
    },
    { timeout: 120_000, interval: 50 },
  );
  return newest;
};

/** All that a process has started, and what that has started. */
const familyOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(familyOf)];

/** Nobody has the time to notice that another one is gone. */
function losePower(pids: readonly number[]): void {
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
    for (const pid of pids)
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
}

beforeAll(async () => {
  folder = temporaryFolder();
  port = await freePortRange();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') note({ fault: task.name, happened: task.result.errors?.[0]?.message.split('\n')[0] ?? '', seconds: null, goal: 0, ends: false });
});
afterAll(async () => {
  stack?.kill('SIGTERM');
  await stack?.exit;
  rmSync(folder, { recursive: true, force: true });
});

test('the whole stack loses its power in the middle of a run, then is stopped by Ctrl-C: started again, the run goes on each time', { timeout: 600_000 }, async () => {
  await start();
  const data = { batchSize: 32, trainLimit: 160, testLimit: 100, augmentation: null };
  const { id } = runOf.parse(await ask('POST', '/v1/runs', { preset: 'scratch', data, schedule: { epochs } }));
  const first = await checkpointed(id, 0);

  const family = familyOf(stack.pid);
  // The stack, its four servers, the worker and its trainer; the guards of each.
  expect(family.length).toBeGreaterThanOrEqual(7);
  losePower(family);
  await stack.exit;
  await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 50 });
  await start();
  const since = performance.now();
  const second = await until(id, ({ attempt, step, status: now }) => attempt === 2 && now === 'running' && step > first);
  const seconds = (performance.now() - since) / 1000;
  expectInTime(seconds);
  note({ fault: 'power of the whole machine lost (kill -9 of every process of "npm start" at once)', happened: 'after the start went on from the last checkpoint', seconds, goal });

  await checkpointed(id, second.step);
  const before = familyOf(stack.pid);
  stack.kill('SIGINT');
  expect((await stack.exit).code).toBe(0);
  expect(before.filter(isAlive)).toEqual([]);
  await start();
  const again = performance.now();
  const stopped = await look(id);
  await until(id, ({ attempt, step, status: now }) => attempt === 3 && (now === 'succeeded' || step > stopped.step));
  const back = (performance.now() - again) / 1000;
  expectInTime(back);

  const ended = await until(id, status('succeeded'));
  expect(ended).toMatchObject({ attempt: 3, step: epochs * 5 });
  const { iterations } = (await ask('GET', `/v1/runs/${id}/metrics`)) as { iterations: { step: number }[] };
  expect(iterations.map(({ step }) => step)).toEqual(Array.from({ length: epochs * 5 }, (_, i) => i + 1));
  note({ fault: 'Ctrl-C of "npm start" in mid-run, started again', happened: 'every process stopped, a checkpoint left; went on from there; every step once', seconds: back, goal });
});
