import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TrainerEvent } from '@thaw/contract/events';
import { outcomeOf } from '../src/agent/trainerOutcome.ts';
import { startTrainer, type TrainerEnd, type TrainerProcess } from '../src/agent/trainerProcess.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const double = fileURLToPath(new URL('fixtures/trainerDouble.ts', import.meta.url));
const newFolder = temporaryFolders();
let folder: string;
let events: TrainerEvent[];

beforeEach(async () => {
  folder = await newFolder();
  events = [];
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'spec.json'), '{}');
});

function start(flags: string[], onEvents = (some: TrainerEvent[]): Promise<void> => Promise.resolve(void events.push(...some))): TrainerProcess {
  const args = ['train', '--spec', join(folder, 'spec.json'), '--data', join(folder, 'data'), '--out', join(folder, 'out'), '--supervised'];
  const trainer = startTrainer({ command: [process.execPath, double, ...flags], args, environment: { PATH: '' }, onEvents, onWords: () => {} });
  trainer.begin();
  return trainer;
}
const untilStep = async (step: number): Promise<void> => {
  while (!events.some((event) => event.type === 'iteration' && event.step >= step)) await new Promise((resolve) => setTimeout(resolve, 5));
};
const judge = (end: TrainerEnd, stop = false): { status: string; code: string | undefined; message: string | undefined } => {
  const { status, failure } = outcomeOf(end, { stop }, 'try data.batchSize 32', 1);
  return { status, code: failure?.code, message: failure?.message };
};

test('all events arrive in order before the end does, however slowly they are taken', async () => {
  const end = await start(['--step-ms', '0'], async (some) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    events.push(...some);
  }).ended;
  expect(events.filter(({ type }) => type === 'iteration').map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  expect(end).toMatchObject({ code: 0, signal: null, finished: { status: 'succeeded' } });
  expect(judge(end)).toEqual({ status: 'succeeded', code: undefined, message: undefined });
});

test('one that has ended already is told to stop without holding up the end of this process', async () => {
  const trainer = start(['--step-ms', '0']);
  await trainer.ended;
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  trainer.stop(60_000);
  expect(timers()).toBe(before);
});

describe('what an end means', () => {
  test.each([
    ['exit:137', 'worker_crashed', /killed, perhaps because the machine ran out of memory\. If that happens again, try data\.batchSize 32\.[^]*about to fail/],
    ['signal:SIGKILL', 'worker_crashed', /killed, perhaps because the machine ran out of memory[^]*about to fail/],
    ['signal:SIGABRT:what(): std::bad_alloc', 'out_of_memory', /ran out of memory; try data\.batchSize 32\.[^]*about to fail/],
    ['exit:134:JavaScript heap out of memory', 'out_of_memory', /ran out of memory; try data\.batchSize 32\./],
    ['signal:SIGSEGV', 'worker_crashed', /ended by SIGSEGV/],
    ['exit:1', 'internal_error', /ended with code 1 and gave no reason/],
    ['exit:0', 'internal_error', /ended with code 0 and gave no reason/],
    ['invalid', 'invalid_data', /^The pack has no labels.$/],
  ])('%s', async (fault, code, message) => {
    const end = await start(['--fault', fault]).ended;
    expect(judge(end)).toEqual({ status: 'failed', code, message: expect.stringMatching(message) as unknown });
  });

  test('a program that does not exist', async () => {
    const trainer = startTrainer({ command: [join(folder, 'nothing')], args: [], environment: {}, onEvents: () => Promise.resolve(), onWords: () => {} });
    expect(judge(await trainer.ended)).toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('ENOENT') as unknown });
  });
});

test('words between the events are kept aside and bounded, and harm nothing', async () => {
  const end = await start(['--fault', 'garbage']).ended;
  expect(end.finished?.status).toBe('succeeded');
  expect(events.filter(({ type }) => type === 'iteration')).toHaveLength(15);
  // One of them comes by standard error: two pipes have no common order.
  expect([...end.words].sort()).toEqual(['about to fail by garbage', 'not json', '{"type":"unknown"}', 'x'.repeat(2000)].sort());
  expect(end.words.filter((words) => words !== 'about to fail by garbage')).toEqual(['not json', '{"type":"unknown"}', 'x'.repeat(2000)]);
});

test('a stop brings a checkpoint and status stopped', async () => {
  const trainer = start(['--steps', '1000']);
  await untilStep(3);
  trainer.stop(20_000);
  const end = await trainer.ended;
  expect(end).toMatchObject({ code: 143, finished: { status: 'stopped' } });
  expect(events.at(-2)?.type).toBe('checkpoint');
});

test('a trainer that does not hear is killed after the grace', async () => {
  const trainer = start(['--steps', '1000', '--ignore-term']);
  await untilStep(3);
  trainer.stop(100);
  const end = await trainer.ended;
  expect(end).toMatchObject({ signal: 'SIGKILL', finished: null });
  expect(judge(end, true)).toEqual({ status: 'stopped', code: undefined, message: undefined });
});

test('a failure to keep the events ends the trainer', async () => {
  const trainer = start(['--steps', '1000000'], () => Promise.reject(new Error('the disk is full')));
  await expect(trainer.ended).rejects.toThrow('the disk is full');
});

test('the trainer ends when its parent is killed', async () => {
  const report = join(folder, 'report.json');
  const parent = `import { startTrainer } from ${JSON.stringify(fileURLToPath(new URL('../src/agent/trainerProcess.ts', import.meta.url)))};
    startTrainer({ command: [process.execPath, ${JSON.stringify(double)}, '--report', ${JSON.stringify(report)}, '--steps', '100000'], environment: {}, onWords() {},
      args: ['train', '--spec', ${JSON.stringify(join(folder, 'spec.json'))}, '--data', ${JSON.stringify(folder)}, '--out', ${JSON.stringify(folder)}, '--supervised'],
      async onEvents(events) { if (events.some(({ type }) => type === 'iteration')) process.kill(process.pid, 'SIGKILL'); } }).begin();`;
  await new Promise((resolve) => execFile(process.execPath, ['--input-type=module', '-e', parent], resolve));
  const { pid } = JSON.parse(await readFile(report, 'utf8')) as { pid: number };
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
