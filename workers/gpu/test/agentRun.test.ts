import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ticket } from '@thaw/contract/worker';
import type { LogLevel } from '@thaw/worker-agent/log';
import type { AttemptEnd } from '@thaw/worker-agent/runAttempt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApiClient, type ApiClient } from '../src/agent/apiClient.ts';
import { runTicket, type RunTicketOptions } from '../src/agent/runTicket.ts';
import { sha256Of, startProtocolServer, type ProtocolServer } from './fixtures/protocolServer.ts';
import { smallEvaluation } from './fixtures/smallEvaluation.ts';
import { predictionsFile, smallPredictions } from './fixtures/smallPredictions.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const double = fileURLToPath(new URL('fixtures/trainerDouble.ts', import.meta.url));
const newFolder = temporaryFolders();
let server: ProtocolServer;
let folder: string;
let api: ApiClient;
let lines: string[];
let shutdown: AbortController;
const log = (level: LogLevel, message: string): void => void lines.push(`${level} ${message}`);

beforeEach(async () => {
  server = await startProtocolServer();
  folder = await newFolder();
  lines = [];
  shutdown = new AbortController();
  api = createApiClient({ url: server.url, workerToken: 'worker-token', log, timeoutMs: 500, backoff: { firstMs: 10, maxMs: 50 } });
});
afterEach(() => server.close());

const run = (flags: string[], more: Partial<RunTicketOptions> = {}): Promise<AttemptEnd> =>
  runTicket({
    ticket: server.ticket,
    api,
    root: folder,
    cache: { directory: join(folder, 'cache'), maxBytes: 10 ** 9 },
    trainer: { command: [process.execPath, double, '--report', join(folder, 'report'), ...flags], device: 'cpu', environment: { PATH: '' }, stopGraceMs: 5000, silenceMs: 60_000 },
    log,
    shutdown: shutdown.signal,
    ...more,
  });

const steps = (): number[] => server.events().flatMap((event) => (event.type === 'iteration' ? [event.step] : []));
const upTo = (last: number, from = 1): number[] => Array.from({ length: last - from + 1 }, (_, i) => from + i);
const outcome = (): Record<string, unknown> => server.finished[0]?.['outcome'] as Record<string, unknown>;
const untilStep = (step: number): Promise<void> => vi.waitFor(() => expect(steps().at(-1)).toBeGreaterThanOrEqual(step), { timeout: 10_000, interval: 10 });
const trainerIsGone = async (): Promise<boolean> => {
  const { pid } = JSON.parse(await readFile(join(folder, 'report'), 'utf8')) as { pid: number };
  return !existsSync(`/proc/${pid}`) || (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' Z ')).includes(' Z ');
};
function expectStored(files: { name: string; key: string; bytes: number; sha256: string }[]): void {
  for (const { key, bytes, sha256 } of files) {
    const object = server.objects.get(key);
    expect(object?.length).toBe(bytes);
    expect(object && sha256Of(object)).toBe(sha256);
  }
}

test('a run is prepared, trained, and told with everything in its order', async () => {
  expect(await run([])).toBe('told');
  const { given, data, environment } = JSON.parse(await readFile(join(folder, 'report'), 'utf8')) as Record<string, unknown>;
  expect(data).toEqual(['manifest.json', 'test.safetensors', 'train.safetensors']);
  expect(given).toMatchObject({ device: 'cpu', resume: false, supervised: true, weights: join(folder, 'weights') });
  expect(environment).not.toContain('THAW_WORKER_TOKEN');
  expect(steps()).toEqual(upTo(15));
  expect(server.checkpoints.at(-1)).toMatchObject({ attempt: 1, step: 15, epoch: 3, best: true });
  expect(server.checkpoints.map(({ step }) => step)).toEqual([...server.checkpoints.map(({ step }) => step)].sort((a, b) => a - b));
  server.checkpoints.forEach(({ files }) => expectStored(files));
  expect(outcome()).toMatchObject({ status: 'succeeded', failure: null, best: { epoch: 1 } });
  const curves = server.finished[0]?.['curves'] as { name: string; key: string; bytes: number; sha256: string }[];
  expect(curves.map(({ name }) => name)).toEqual(['iterations.csv', 'epochs.csv', 'events.ndjson']);
  expectStored(curves);
  const told = server.calls.filter((call) => call !== 'heartbeat');
  expect(told.at(-1)).toBe('finish');
  expect(told.lastIndexOf('events')).toBeLessThan(told.lastIndexOf('checkpoints'));
  expect(lines.join()).not.toContain('geheim');
});

describe('the evaluation of a run that has succeeded', () => {
  const evaluation = JSON.stringify(smallEvaluation);

  test('is uploaded, and named when the run is told', async () => {
    expect(await run(['--evaluation', evaluation])).toBe('told');
    const stored = server.finished[0]?.['evaluation'] as { name: string; key: string; bytes: number; sha256: string };
    expect(stored).toMatchObject({ name: 'evaluation.json', bytes: evaluation.length });
    expectStored([stored]);
    expect(server.objects.get(stored.key)?.toString()).toBe(evaluation);
    expect(stored).not.toHaveProperty('predictions');
  });

  const flags = (predictions: Buffer) => ['--evaluation', evaluation, '--predictions', predictions.toString('base64')];

  test('takes along what each image was taken for', async () => {
    expect(await run(flags(smallPredictions))).toBe('told');
    const { predictions } = server.finished[0]?.['evaluation'] as { predictions: { name: string; key: string; bytes: number; sha256: string } };
    expect(predictions).toMatchObject({ name: 'predictions.safetensors', bytes: smallPredictions.length });
    expectStored([predictions]);
    expect(server.objects.get(predictions.key)?.equals(smallPredictions)).toBe(true);
  });

  test('goes without it where the API, being older, will not have it', async () => {
    server.refuseUploads = 'predictions';
    expect(await run(flags(smallPredictions))).toBe('told');
    expect(server.finished[0]?.['evaluation']).toMatchObject({ name: 'evaluation.json' });
    expect(server.finished[0]?.['evaluation']).not.toHaveProperty('predictions');
    expect(lines.join('\n')).toContain('what each image was taken for could not be stored');
  });

  test('goes without it where it is of other images', async () => {
    expect(await run(flags(predictionsFile(2, [{ index: 0, label: 0, predicted: 0, probability: 1, labelProbability: 1 }])))).toBe('told');
    expect(server.finished[0]?.['evaluation']).toMatchObject({ name: 'evaluation.json' });
    expect(server.finished[0]?.['evaluation']).not.toHaveProperty('predictions');
    expect(lines.join('\n')).toContain('predictions.safetensors does not divide its images as the confusion matrix does');
  });

  test.each([
    ['there is none', []],
    ['it is no JSON', ['--evaluation', 'nonsense']],
    ['it is another thing', ['--evaluation', evaluation.replace('thaw-evaluation-1', 'other')]],
  ])('is left out with a word where %s: the run is not lost over it', async (_case, flags) => {
    expect(await run(flags)).toBe('told');
    expect(outcome()).toMatchObject({ status: 'succeeded' });
    expect(server.finished[0]?.['evaluation']).toBeNull();
    expect((server.finished[0]?.['curves'] as object[]).length).toBe(3);
    expect(lines.join('\n')).toContain('the run ends without an evaluation');
  });

  test('is left out where the API will not have it, and the curves stay', async () => {
    server.refuseUploads = 'evaluation';
    expect(await run(['--evaluation', evaluation])).toBe('told');
    expect(outcome()).toMatchObject({ status: 'succeeded' });
    expect(server.finished[0]?.['evaluation']).toBeNull();
    expect((server.finished[0]?.['curves'] as object[]).length).toBe(3);
    expect(lines.join('\n')).toContain('the evaluation could not be stored');
  });
});

test('it goes on from the newest checkpoint, which is not uploaded again, with the best one beside it', async () => {
  const state = Buffer.from(JSON.stringify({ step: 10, history: [] }));
  const files = [server.addFile('m', Buffer.from('model')), server.addFile('s', state)];
  const names = ['model.safetensors', 'state.safetensors'] as const;
  const checkpoint = (step: number): Ticket['resume'] => ({ epoch: step / 5, step, files: files.map((file, i) => ({ ...file, name: names[i] ?? names[0] })) });
  server.ticket = { ...server.ticket, resume: checkpoint(10), best: checkpoint(5) };
  expect(await run([])).toBe('told');
  expect(JSON.parse(await readFile(join(folder, 'report'), 'utf8'))).toMatchObject({ checkpoints: ['10', '5'], given: { resume: true } });
  expect(steps()).toEqual(upTo(15, 11));
  expect(server.checkpoints.map(({ step }) => step)).toEqual([15]);
});

test('a long outage of the API loses nothing and doubles nothing', async () => {
  const ending = run(['--steps', '30', '--step-ms', '10']);
  await untilStep(5);
  server.fault = (call) => (call.startsWith('storage/') ? null : (['cut', 503, 'hang'] as const)[server.calls.length % 3] ?? null);
  await vi.waitFor(async () => expect(await trainerIsGone()).toBe(true), 10_000);
  // What goes out goes about once a second: the trainer may be gone before any of it meets the outage.
  await vi.waitFor(() => expect(lines).toContainEqual(expect.stringMatching(/^warning run \S+: \w+ waits for the API/)), 10_000);
  expect(server.finished).toEqual([]);
  server.fault = () => null;
  expect(await ending).toBe('told');
  expect(steps()).toEqual(upTo(90));
  expect(server.batches.map(({ seq }) => seq)).toEqual(upTo(server.batches.length, 1).map((n) => n - 1));
  expect(server.checkpoints.at(-1)?.step).toBe(90);
});

test('a slow storage never piles checkpoints up: the newest and the best wait, the last one goes', async () => {
  let open = false;
  server.fault = (call) => (call.startsWith('storage/run1') && !open ? 503 : null);
  const ending = run(['--epochs', '8', '--step-ms', '2']);
  await vi.waitFor(() => expect(steps().at(-1)).toBe(40), 10_000);
  const staged = await readdir(join(folder, 'staging'));
  expect(staged.length).toBeLessThanOrEqual(2);
  expect(server.events()).toContainEqual(expect.objectContaining({ type: 'log', level: 'warning', message: expect.stringContaining('the storage answers 503') as unknown }));
  open = true;
  expect(await ending).toBe('told');
  expect(server.checkpoints.map(({ step }) => step)).toEqual([5, 40]);
  server.checkpoints.forEach(({ files }) => expectStored(files));
  expect(await readdir(join(folder, 'staging'))).toEqual([]);
});

test('a storage that never comes back fails the run for a retry, without its curves', async () => {
  server.fault = (_, method) => (method === 'PUT' ? 503 : null);
  expect(await run([], { timing: { storagePatienceMs: 300, cancelPatienceMs: 100, shutdownPatienceMs: 100 } })).toBe('told');
  expect(steps()).toEqual(upTo(15));
  expect(server.finished).toEqual([expect.objectContaining({ curves: [], outcome: expect.objectContaining({ status: 'failed', failure: { code: 'storage_unavailable', message: expect.stringContaining('stored') as unknown } }) as unknown })]);
});

test('a checkpoint is recorded only after all events that it covers', async () => {
  let heard = false;
  server.fault = (call) => (call === 'events' && !heard ? 503 : null);
  const ending = run(['--epochs', '1']);
  await vi.waitFor(() => expect(server.calls.filter((call) => call.startsWith('PUT run1')).length).toBeGreaterThanOrEqual(2), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.calls).not.toContain('checkpoints');
  heard = true;
  expect(await ending).toBe('told');
  expect(server.checkpoints.map(({ step }) => step)).toEqual([5]);
});

test('the heartbeat brings the stop: checkpoint, events, finish as stopped', async () => {
  const ending = run(['--steps', '1000']);
  await untilStep(5);
  server.action = 'stop';
  expect(await ending).toBe('told');
  expect(outcome()).toMatchObject({ status: 'stopped', failure: null });
  expect(server.checkpoints.at(-1)?.step).toBe(steps().at(-1));
});

test('a shutdown stores the checkpoint and tells the API; when that is away it does not wait for it', async () => {
  const ending = run(['--steps', '1000']);
  await untilStep(5);
  shutdown.abort(new Error('go'));
  expect(await ending).toBe('told');
  expect(outcome()).toMatchObject({ status: 'stopped' });
  expect(server.checkpoints.at(-1)?.step).toBe(steps().at(-1));
});

test('a shutdown while the API is away ends soon and untold', async () => {
  const timing = { storagePatienceMs: 9999, cancelPatienceMs: 9999, shutdownPatienceMs: 150 };
  const ending = run(['--steps', '1000'], { timing });
  await untilStep(5);
  server.fault = () => 'cut';
  shutdown.abort(new Error('go'));
  expect(await ending).toBe('untold');
  expect(await trainerIsGone()).toBe(true);
});

test.each(['heartbeat', 'events', 'uploads'])('a stale attempt noticed by %s kills the trainer at once and is told nothing more', async (stale) => {
  const ending = run(['--steps', '1000']);
  await untilStep(5);
  server.fault = (call) => (call === stale ? 409 : null);
  if (stale === 'uploads') process.kill((JSON.parse(await readFile(join(folder, 'report'), 'utf8')) as { pid: number }).pid, 'SIGTERM');
  expect(await ending).toBe('dropped');
  expect(await trainerIsGone()).toBe(true);
  expect(server.finished).toEqual([]);
});

test('a trainer that is killed is told as a crash, with its events and last checkpoint', async () => {
  expect(await run(['--fault', 'signal:SIGKILL'])).toBe('told');
  expect(steps()).toEqual(upTo(7));
  expect(server.checkpoints.map(({ step }) => step)).toEqual([5]);
  expect(outcome()).toMatchObject({ status: 'failed', failure: { code: 'worker_crashed', message: expect.stringContaining('out of memory') as unknown } });
});

test('the trainer loads its engine while the data come, and is not taken to hang before it may begin', async () => {
  let loadedAt = Infinity;
  server.fault = (call) => {
    if (lines.some((line) => line.includes('its engine is loaded'))) loadedAt = Math.min(loadedAt, performance.now());
    return call === 'storage/pack' && performance.now() < loadedAt + 2000 ? 503 : null;
  };
  const command = [process.execPath, double, '--report', join(folder, 'report'), '--tell-loaded'] as const;
  expect(await run([], { trainer: { command, device: 'cpu', environment: { PATH: '' }, stopGraceMs: 5000, silenceMs: 1500 } })).toBe('told');
  expect(outcome()).toMatchObject({ status: 'succeeded' });
});

test('data that cannot be had fails the run for a retry, while heartbeats go on', async () => {
  server.fault = (call) => (call === 'storage/pack' ? 403 : null);
  expect(await run([])).toBe('told');
  expect(outcome()).toMatchObject({ status: 'failed', failure: { code: 'storage_unavailable', message: 'The run could not be prepared: pack could not be fetched from the storage: the storage answers 403' } });
  expect(server.calls).toContain('heartbeat');
});

test('a stop during the preparation lets no trainer begin', async () => {
  server.fault = (call) => (call === 'storage/pack' ? 'hang' : null);
  server.action = 'stop';
  expect(await run([])).toBe('told');
  expect(outcome()).toMatchObject({ status: 'stopped' });
  expect(existsSync(join(folder, 'report'))).toBe(false);
});

test('a trainer that hangs is killed, and told as a crash with its events', async () => {
  const command = [process.execPath, double, '--report', join(folder, 'report'), '--fault', 'hang'] as const;
  expect(await run([], { trainer: { command, device: 'cpu', environment: { PATH: '' }, stopGraceMs: 5000, silenceMs: 1500 } })).toBe('told');
  expect(outcome()).toMatchObject({ status: 'failed', failure: { code: 'worker_crashed', message: expect.stringMatching(/^The training process said nothing for 1.5 seconds and was ended\.\nIts last words:[^]*about to fail by hang/) as unknown } });
  expect(steps()).toEqual(upTo(7));
  expect(await trainerIsGone()).toBe(true);
});

test('events that the API refuses for good fail the run instead of being lost in silence', async () => {
  server.fault = (call) => (call === 'events' ? 422 : null);
  expect(await run(['--steps', '1000'])).toBe('told');
  expect(outcome()).toMatchObject({ status: 'failed', failure: { code: 'internal_error', message: expect.stringContaining('could not be recorded') as unknown } });
});

test('a checkpoint that is gone before it could be kept costs a warning and no more', async () => {
  const ending = run(['--epochs', '2', '--step-ms', '50']);
  const staging = join(folder, 'staging');
  await vi.waitFor(() => expect(existsSync(join(folder, 'report'))).toBe(true), { interval: 5 });
  await rename(staging, `${staging}-away`);
  await writeFile(staging, 'a file in its place');
  await vi.waitFor(() => expect(lines.join()).toContain('the checkpoint of step 5 cannot be kept'), { timeout: 5000, interval: 5 });
  await rm(staging);
  expect(await ending).toBe('told');
  expect(server.checkpoints.map(({ step }) => step)).toEqual([10]);
});
