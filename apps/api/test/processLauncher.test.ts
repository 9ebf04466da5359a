import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Launcher } from '../src/dispatch/launcher.ts';
import { openLaunchers } from '../src/dispatch/openLaunchers.ts';
import { readDispatcherEnvironment } from '../src/environment.ts';
import { createLog } from '../src/log.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-launch-'));
const closing: Launcher[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((launcher) => launcher.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** A worker that says what it sees of GPUs, and stays. */
const command = JSON.stringify([process.execPath, '-e', `
const { THAW_WORKER_NAME: name, CUDA_VISIBLE_DEVICES: gpu = 'all', CUDA_DEVICE_ORDER: order = 'any' } = process.env;
require('fs').mkdirSync(process.env.TMPDIR, { recursive: true });
require('fs').writeFileSync(process.env.TMPDIR + '/' + name, gpu + ' ' + order);
setInterval(() => {}, 1000);`]);
const least = { DATABASE_URL: 'postgres://thaw@localhost:5432/thaw', THAW_LAUNCHER: 'process', THAW_WORKER_COMMAND: command, THAW_TASK_COMMAND: command };

async function open(variables: Record<string, string>) {
  const { runs, tasks } = await openLaunchers(readDispatcherEnvironment({ ...least, ...variables }), { TMPDIR: folder }, createLog('test', 'silent'));
  if (runs.launcher === null || tasks.launcher === null) throw new Error('there are no launchers');
  closing.push(runs.launcher, tasks.launcher);
  return { runs: runs.launcher, tasks: tasks.launcher };
}

/** What the living workers see, in the order of their start. */
const seenBy = async (launcher: Launcher): Promise<string[]> => {
  const living = (await launcher.list()).filter(({ ended }) => ended === null);
  return vi.waitFor(() => living.map(({ name }) => (expect(existsSync(path.join(folder, name))).toBe(true), readFileSync(path.join(folder, name), 'utf8'))), 20_000);
};

describe('workers as processes', () => {
  it('have a GPU each, which the next one takes over', async () => {
    const { runs, tasks } = await open({ THAW_WORKER_GPUS: '0, GPU-8f6e', MAX_WORKERS: '2' });
    await runs.launch('run_1');
    await runs.launch('run_2');
    expect(await seenBy(runs)).toEqual(['0 PCI_BUS_ID', 'GPU-8f6e PCI_BUS_ID']);
    await expect(runs.launch('run_3')).rejects.toThrow('All GPUs of this machine have a worker.');
    const [first] = await runs.list();
    await runs.stop(first?.name ?? '', 5);
    await vi.waitFor(async () => expect((await runs.list()).length).toBe(1), 20_000);
    await runs.launch('run_3');
    expect(await seenBy(runs)).toEqual(['GPU-8f6e PCI_BUS_ID', '0 PCI_BUS_ID']);
    // Exports are made on CPUs.
    await tasks.launch('task_1');
    expect(await seenBy(tasks)).toEqual(['all any']);
  });

  it('are no more than there are GPUs', () => {
    expect(() => readDispatcherEnvironment({ ...least, THAW_WORKER_GPUS: '0,1', MAX_WORKERS: '3' })).toThrow(/MAX_WORKERS must be 2 at most/);
  });
});
