import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { taskFailurePolicies } from '@thaw/contract/taskFailures';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTaskHands, type TaskHands } from '../src/agent/tasks/taskHands.ts';
import { ExportRefused } from '../src/export/exportRefused.ts';
import { explainTaskFailure } from '../src/tasks/explainTaskFailure.ts';
import type { TaskOrder } from '../src/tasks/taskOrder.ts';
import { TrainingError } from '../src/trainingError.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const newFolder = temporaryFolders();

/** Does what its order's `out` says, and names its process. */
const double = `
process.on('message', ({ out }) => {
  if (out === 'die') process.kill(process.pid, 'SIGKILL');
  if (out === 'exit') process.exit(7);
  if (out === 'refuse') process.send({ failed: { code: 'export_refused', message: 'no' } });
  if (out === 'do') process.send({ done: { files: [], findings: process.pid } });
});`;

async function hands(patienceMs?: number): Promise<TaskHands & { give: (out: string, signal?: AbortSignal) => Promise<unknown> }> {
  const script = path.join(await newFolder(), 'double.mjs');
  writeFileSync(script, double);
  const made = createTaskHands({ script, environment: { PATH: process.env['PATH'] }, ...(patienceMs !== undefined && { patienceMs }) });
  onTestFinished(() => made.close());
  const order = (out: string): TaskOrder => ({ kind: 'preview', spec: {} as never, data: '', out, images: 1, draws: 1 });
  return { ...made, give: async (out, signal = new AbortController().signal) => (await made.work(order(out), signal)).findings };
}

describe('the hands of a task worker', () => {
  it('keep their process for the next order, and take another when it has died', async () => {
    const { give } = await hands();
    const first = await give('do');
    expect(await give('do')).toBe(first);
    await expect(give('refuse')).rejects.toMatchObject({ code: 'export_refused', message: 'no' });
    expect(await give('do')).toBe(first);
    await expect(give('die')).rejects.toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('SIGKILL, perhaps because the machine ran out of memory') as unknown });
    await expect(give('exit')).rejects.toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('code 7') as unknown });
    expect(await give('do')).not.toBe(first);
  });

  it('let go of an order that nobody wants any more, and of one that takes for ever', async () => {
    const { give } = await hands(1000);
    const first = await give('do');
    const stop = new AbortController();
    const waiting = give('wait', stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(give('wait')).rejects.toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('It took longer than') as unknown });
    expect(await give('do')).not.toBe(first);
  });

  it('fail an order in words where there is no process to be had', async () => {
    const nowhere = createTaskHands({ script: '/nowhere.mjs', environment: {} });
    onTestFinished(() => nowhere.close());
    await expect(nowhere.work({ kind: 'preview', spec: {} as never, data: '', out: '', images: 1, draws: 1 }, new AbortController().signal)).rejects.toMatchObject({ code: 'worker_crashed' });
  });
});

describe('what an error means for its task', () => {
  it('is told where it was foreseen, and else kept for the log', () => {
    expect(explainTaskFailure(new ExportRefused('differs'))).toEqual({ code: 'export_refused', message: 'differs' });
    expect(explainTaskFailure(new TrainingError('invalid_weights', 'damaged'))).toEqual({ code: 'invalid_weights', message: 'damaged' });
    expect(explainTaskFailure(new TrainingError('diverged', 'not of a task'))).toEqual({ code: 'internal_error', message: 'not of a task' });
    expect(explainTaskFailure(new Error('OOM when allocating tensor'))).toEqual({ code: 'out_of_memory', message: taskFailurePolicies.out_of_memory.sentence });
    expect(explainTaskFailure(new Error('/secret/path'))).toEqual({ code: 'internal_error', message: taskFailurePolicies.internal_error.sentence });
    expect(explainTaskFailure('thrown text').code).toBe('internal_error');
  });
});
