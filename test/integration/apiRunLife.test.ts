import { runQueue } from '@thaw/api/dispatch/runQueue';
import type { Evaluation } from '@thaw/contract/evaluation';
import type { EvaluatedPicture } from '@thaw/contract/evaluationPictures';
import type { TrainerEvent } from '@thaw/contract/events';
import type { RunLog } from '@thaw/contract/runLog';
import type { Checkpoint, Metrics, Run } from '@thaw/contract/runs';
import { createLog } from '@thaw/api/log';
import { noLimits } from '@thaw/contract/quotas';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallEvaluation } from '../../workers/gpu/test/fixtures/smallEvaluation.ts';
import { predictionsFile, smallPredictions } from '../../workers/gpu/test/fixtures/smallPredictions.ts';
import { caller, claim, epochEnd, epochOf, iteration, smallRun, startApi, started, until, type Api, type Attempt, type Person } from './apiHarness.ts';
import { missingStorage } from './servers.ts';

const silent = createLog('test', 'silent');

describe.each(['minio', 'seaweedfs'] as const)('a run through the API, on %s', (kind) => {
  const missing = missingStorage(kind);
  if (missing !== null) return it.skip(missing);
  let api: Api;
  let alice: Person;
  let run: Run;
  let first: Attempt;
  let second: Attempt;

  beforeAll(async () => {
    api = await startApi({ s3: kind, env: { LEASE_SECONDS: '1' } });
    alice = await api.person('alice');
  }, 60_000);
  afterAll(async () => api?.stop());

  const now = async () => (await alice.call<Run>('GET', `/v1/runs/${run.id}`)).body;
  const claimed = async (): Promise<Attempt> => {
    const attempt = await claim(api, run.id);
    if (attempt === null) throw new Error('no run to claim');
    return attempt;
  };

  it('is queued, claimed, and its data can be fetched as the ticket says', async () => {
    const created = await alice.call<Run>('POST', '/v1/runs', { ...smallRun, name: 'first' });
    expect(created.status).toBe(201);
    run = created.body;
    expect(run).toMatchObject({ name: 'first', status: 'queued', attempt: 0, dataset: { id: 'cifar10', version: 1 } });

    first = await claimed();
    expect(first.ticket).toMatchObject({ run: run.id, attempt: 1, leaseSeconds: 1, weights: null, resume: null });
    expect(first.ticket.manifest.classes[3]).toBe('cat');
    const train = first.ticket.packs.find(({ split }) => split === 'train');
    const fetched = await fetch(train?.url ?? '');
    expect((await fetched.arrayBuffer()).byteLength).toBe(train?.bytes);
    expect(await now()).toMatchObject({ status: 'running', attempt: 1 });
  });

  it('counts a batch that is posted twice once, and keeps a loss that is not a number', async () => {
    const panel: TrainerEvent = { type: 'panel', step: 4, epoch: 1, images: [] };
    const batch = [started(), epochEnd(0, null), ...epochOf(1), iteration(4, 'NaN'), panel, { type: 'log' as const, step: 4, level: 'warning' as const, message: 'not a number' }];
    expect((await first.events(0, batch)).status).toBe(204);
    expect((await first.events(0, batch)).status).toBe(204);
    expect(await api.sql`select id from metric_batch where run_id = ${run.id}`).toHaveLength(1);
    const { body } = await alice.call<Metrics>('GET', `/v1/runs/${run.id}/metrics`);
    expect(body.iterations.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(body.iterations[3]?.loss).toBe('NaN');
    expect(body.epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);
    expect(await now()).toMatchObject({ step: 4, epoch: 2, stepsPerEpoch: 3, device: 'cpu: hand', lastEpoch: { epoch: 1 } });
  });

  it('believes a checkpoint only when its objects are there and all before it is told', async () => {
    const body = (bytes: number, key: string) => ({ epoch: 1, step: 3, best: true, files: ['model.safetensors', 'state.safetensors'].map((name) => ({ name, key, bytes, sha256: '0'.repeat(64) })) });
    expect((await first.post('checkpoints', body(5, 'datasets/cifar10/v1/train.safetensors'))).status).toBe(422);
    expect((await first.checkpoint(2, 6)).body.detail).toMatch(/up to step 6 are not here yet/);
    expect((await first.checkpoint(1, 3)).status).toBe(204);
    expect((await first.checkpoint(1, 3)).status).toBe(204);

    const files = [];
    for (const name of ['model.safetensors', 'state.safetensors']) files.push({ name, key: await first.upload({ kind: 'checkpoint', step: 4, name }, 'four'), bytes: 5, sha256: '0'.repeat(64) });
    const wrongSize = await first.post('checkpoints', { epoch: 2, step: 4, best: true, files });
    expect(wrongSize).toMatchObject({ status: 409, body: { type: 'urn:thaw:problem:conflict' } });
    const { body: list } = await alice.call<{ items: Checkpoint[] }>('GET', `/v1/runs/${run.id}/checkpoints`);
    expect(list.items.map(({ epoch }) => epoch)).toEqual([1]);
  });

  it('refuses an upload of another size than was announced', async () => {
    const { body } = await first.post<{ url: string }>('uploads', { file: { kind: 'checkpoint', step: 3, name: 'model.safetensors' }, bytes: 4 });
    expect((await fetch(body.url, { method: 'PUT', body: 'longer than four' })).ok).toBe(false);
  });

  it('goes on with another worker when the first falls silent', async () => {
    const { expireLeases } = runQueue({ db: api.db, log: silent, settings: { quota: noLimits } });
    expect(await expireLeases()).toBe(0);
    await until('the lease expires', async () => (await expireLeases()) === 1, 3);
    expect(await now()).toMatchObject({ status: 'queued', attempt: 1 });
    // The lease is gone even though nobody else has the run yet.
    expect((await first.heartbeat()).body).toMatchObject({ type: 'urn:thaw:problem:stale-attempt' });

    second = await claimed();
    expect(second.ticket).toMatchObject({ attempt: 2, resume: { epoch: 1, step: 3 } });
    const model = second.ticket.resume?.files.find(({ name }) => name === 'model.safetensors');
    expect(await (await fetch(model?.url ?? '')).text()).toBe(`model.safetensors of ${run.id} attempt 1 step 3`);
  });

  it('refuses the first worker on every call from then on', async () => {
    const file = { kind: 'checkpoint', step: 3, name: 'model.safetensors' };
    const stale = [
      await first.heartbeat(),
      await first.events(1, [iteration(5)]),
      await first.post('uploads', { file, bytes: 1 }),
      await first.post('checkpoints', { epoch: 1, step: 3, best: true, files: ['model.safetensors', 'state.safetensors'].map((name) => ({ name, key: 'k', bytes: 1, sha256: '0'.repeat(64) })) }),
      await first.finish('succeeded'),
      // The number of the current attempt does not help without its token.
      await first.post('heartbeat', { attempt: 2 }),
      // Nor its token without its number.
      await second.post('heartbeat', { attempt: 1 }),
    ];
    for (const { status, body } of stale) expect({ status, body }).toMatchObject({ status: 409, body: { type: 'urn:thaw:problem:stale-attempt' } });
    expect(await now()).toMatchObject({ status: 'running', attempt: 2, step: 4 });
  });

  it('shows every step and epoch once after the second has taken over', async () => {
    const loss = (step: number) => iteration(step, step * 100);
    await second.events(0, [started(3)]);
    expect(await now()).toMatchObject({ step: 3, lastEpoch: { epoch: 1 } });
    const { body: before } = await alice.call<Metrics>('GET', `/v1/runs/${run.id}/metrics`);
    expect(before.iterations.map(({ step }) => step)).toEqual([1, 2, 3]);

    await second.events(1, [loss(4), loss(5), loss(6), epochEnd(2)]);
    await second.events(2, [loss(7), loss(8), loss(9), epochEnd(3)]);
    const { body } = await alice.call<Metrics>('GET', `/v1/runs/${run.id}/metrics`);
    expect(body.iterations.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(body.iterations[3]?.loss).toBe(400);
    expect(body.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    const csv = (await alice.call<string>('GET', `/v1/runs/${run.id}/curves/iterations.csv`)).body;
    expect(csv.trimEnd().split('\n')).toHaveLength(10);
  });

  it('tells what it said besides, without what is void, and from where the stream goes on', async () => {
    const read = async (query: string) => (await alice.call<RunLog>('GET', `/v1/runs/${run.id}/logs${query}`)).body;
    const log = await read('');
    expect(log.items.map(({ attempt, event }) => [attempt, event.type, event.step])).toEqual([[1, 'started', 0], [1, 'log', 4], [2, 'started', 3]]);
    expect(log.complete).toBe(true);
    expect(await read(`?after=${log.after}`)).toEqual({ items: [], after: log.after, complete: true });
    expect((await read('?types=panel')).items).toEqual([]);
    await second.events(3, [{ type: 'panel', step: 9, epoch: 3, images: [] }]);
    expect((await read(`?types=panel&after=${log.after}`)).items).toMatchObject([{ attempt: 2, event: { type: 'panel', epoch: 3 } }]);
    const stream = await fetch(`${api.url}/v1/runs/${run.id}/events`, { headers: { authorization: `Bearer ${alice.key}`, 'last-event-id': log.after } });
    let text = '';
    for await (const part of (stream.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream())) if ((text += part).includes('event: batch')) break;
    expect(text.match(/"type":"(panel|iteration)"/g)).toEqual(['"type":"panel"']);
  });

  it('keeps the last two checkpoints and the best, and deletes the others from the storage', async () => {
    expect((await second.checkpoint(2, 6, false)).status).toBe(204);
    expect((await second.checkpoint(2, 7, false)).status).toBe(204);
    expect((await second.checkpoint(3, 9, false)).status).toBe(204);
    const { body } = await alice.call<{ items: Checkpoint[] }>('GET', `/v1/runs/${run.id}/checkpoints`);
    expect(body.items.map(({ epoch, step, attempt, best }) => ({ epoch, step, attempt, best }))).toEqual([
      { epoch: 1, step: 3, attempt: 1, best: true },
      { epoch: 2, step: 7, attempt: 2, best: false },
      { epoch: 3, step: 9, attempt: 2, best: false },
    ]);
    expect(await api.storage.size(`runs/${run.id}/checkpoints/2-6/model.safetensors`)).toBeNull();
    expect(await api.storage.size(`runs/${run.id}/checkpoints/2-7/model.safetensors`)).not.toBeNull();

    const { status, headers } = await alice.call('GET', `/v1/runs/${run.id}/checkpoints/3/safetensors`);
    expect(status).toBe(302);
    expect(await (await fetch(headers.get('location') ?? '')).text()).toContain('attempt 2 step 9');
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/3/keras`)).status).toBe(404);
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/99/safetensors`)).status).toBe(404);
  });

  const evaluationOf = () => alice.call<Evaluation>('GET', `/v1/runs/${run.id}/evaluation`);

  it('has no evaluation before it has succeeded, and says when it will', async () => {
    const { status, body } = await alice.call('GET', `/v1/runs/${run.id}/evaluation`);
    expect(status).toBe(404);
    expect(body.detail).toBe('There is no evaluation of this run here. It is made when the run has succeeded; so far it is in epoch 3 of 3.');
    expect(await now()).toMatchObject({ status: 'running', evaluation: null });
  });

  it('takes an evaluation only when it is one, whole and small enough', async () => {
    const offer = async (content: string, told: object = {}) => {
      const key = await second.upload({ kind: 'evaluation', name: 'evaluation.json' }, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return second.finish('succeeded', { evaluation: { name: 'evaluation.json', key, bytes: Buffer.byteLength(content), sha256, ...told } });
    };
    const good = JSON.stringify(smallEvaluation);
    const wrong = await offer(JSON.stringify({ ...smallEvaluation, top1: 1.5 }));
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors?.[0]).toMatchObject({ path: 'evaluation.top1', message: expect.stringContaining('evaluation.json is no evaluation') as unknown });
    expect((await offer('nonsense')).status).toBe(422);
    expect((await offer(good, { bytes: 33 * 2 ** 20 })).status).toBe(422);
    expect((await offer(good, { sha256: 'a'.repeat(64) })).status).toBe(409);
    expect((await offer(good, { bytes: 5 })).status).toBe(409);
    expect((await offer(good, { key: `runs/${run.id}/evaluation.json` })).status).toBe(422);
    expect(await now()).toMatchObject({ status: 'running', evaluation: null });
    expect((await evaluationOf()).status).toBe(404);
  });

  const picturesOf = (query: string) => alice.call<{ items: EvaluatedPicture[]; nextCursor: string | null }>('GET', `/v1/runs/${run.id}/evaluation/pictures?${query}`);
  const stored = async (kind: string, name: string, content: string | Buffer<ArrayBuffer>) => ({
    name,
    key: await second.upload({ kind, name }, content),
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  });

  it('takes with it what each image was taken for, only where the two agree', async () => {
    const evaluation = await stored('evaluation', 'evaluation.json', JSON.stringify(smallEvaluation));
    const offer = async (content: Buffer<ArrayBuffer>, told: object = {}) =>
      second.finish('succeeded', { evaluation: { ...evaluation, predictions: { ...(await stored('predictions', 'predictions.safetensors', content)), ...told } } });
    const fewer = await offer(predictionsFile(2, [{ index: 0, label: 0, predicted: 0, probability: 1, labelProbability: 1 }]));
    expect(fewer.status).toBe(422);
    expect(fewer.body.errors?.[0]).toEqual({ path: 'evaluation.predictions', message: 'predictions.safetensors does not divide its images as the confusion matrix does.' });
    expect((await offer(Buffer.from('nonsense'))).status).toBe(422);
    expect((await offer(smallPredictions, { bytes: 17 * 2 ** 20 })).status).toBe(422);
    expect((await offer(smallPredictions, { sha256: 'a'.repeat(64) })).status).toBe(409);
    expect((await offer(smallPredictions, { key: evaluation.key })).status).toBe(422);
    expect(await now()).toMatchObject({ status: 'running', evaluation: null });
    expect((await picturesOf('actual=0&predicted=0')).status).toBe(404);
  });

  it('finishes once, with curves and evaluation in the storage', async () => {
    const content = 'step,loss\n1,0.5\n';
    const curves = [{ ...(await stored('curve', 'iterations.csv', content)), sha256: 'a'.repeat(64) }];
    expect((await second.finish('succeeded', { curves: [{ ...curves[0], bytes: 3 }] })).status).toBe(409);
    const evaluation = await stored('evaluation', 'evaluation.json', JSON.stringify(smallEvaluation));
    const predictions = await stored('predictions', 'predictions.safetensors', smallPredictions);
    expect((await second.finish('succeeded', { curves, evaluation: { ...evaluation, predictions } })).status).toBe(204);
    expect((await second.finish('succeeded')).body).toMatchObject({ type: 'urn:thaw:problem:stale-attempt' });

    const final = `runs/${run.id}/curves/iterations.csv`;
    expect(await now()).toMatchObject({ status: 'succeeded', failure: null, result: { seconds: 1 }, curves: [{ name: 'iterations.csv', uri: `s3://thaw-test/${final}` }] });
    expect((await now()).evaluation).toEqual({
      ...evaluation,
      key: undefined,
      uri: `s3://thaw-test/runs/${run.id}/evaluation.json`,
      predictions: { ...predictions, key: undefined, uri: `s3://thaw-test/runs/${run.id}/predictions.safetensors` },
    });
    expect(await evaluationOf()).toMatchObject({ status: 200, body: smallEvaluation });
    for (const { key } of [evaluation, predictions]) expect(await api.storage.size(key)).toBeNull();
    const bob = await api.person('bob');
    expect((await bob.call('GET', `/v1/runs/${run.id}/evaluation`)).status).toBe(404);
    expect((await caller(api.url, 'nobody')('GET', `/v1/runs/${run.id}/evaluation`)).status).toBe(401);

    const { status, headers } = await alice.call('GET', `/v1/runs/${run.id}/curves/iterations.csv`);
    expect(status).toBe(302);
    expect(await (await fetch(headers.get('location') ?? '')).text()).toBe(content);
    // Not stored by the worker: made from the log.
    expect((await alice.call<string>('GET', `/v1/runs/${run.id}/curves/epochs.csv`)).body.trimEnd().split('\n')).toHaveLength(5);
    const events = (await alice.call<string>('GET', `/v1/runs/${run.id}/curves/events.ndjson`)).body.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string; step: number });
    expect(events.filter(({ type }) => type === 'iteration').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await alice.call('GET', `/v1/runs/${run.id}/curves/secrets.txt`)).status).toBe(404);
  });

  it('lists the pictures of a cell of its confusion matrix, the surest first, page by page', async () => {
    const first = await picturesOf('actual=0&predicted=0&limit=1');
    const picture = '/v1/datasets/cifar10/versions/1/images/test/1';
    const figures = { probability: 0.875, labelProbability: 0.875 };
    expect(first).toMatchObject({ status: 200, body: { items: [{ split: 'test', row: 1, ...figures, thumbnail: `${picture}/thumbnail`, image: `${picture}/full` }], nextCursor: '1' } });
    expect((await picturesOf(`actual=0&predicted=0&limit=1&cursor=${first.body.nextCursor}`)).body).toMatchObject({ items: [{ row: 0, probability: 0.625 }], nextCursor: null });
    expect((await picturesOf('actual=1&predicted=0')).body).toMatchObject({ items: [{ row: 3, probability: 0.84375, labelProbability: 0.15625 }], nextCursor: null });
    expect((await picturesOf('actual=0&predicted=1')).body).toEqual({ items: [], nextCursor: null });
  });

  it('says what is wrong with a question for pictures', async () => {
    expect((await alice.call('GET', `/v1/runs/${run.id}/evaluation/pictures?actual=0&predicted=2`)).body.errors).toEqual([{ path: 'predicted', message: 'the classes of this run are numbered from 0 to 1' }]);
    for (const query of ['actual=0', 'actual=-1&predicted=0', 'actual=cat&predicted=0', 'actual=0&predicted=0&cursor=x', 'actual=0&predicted=0&limit=0']) expect((await picturesOf(query)).status, query).toBe(422);
    const bob = await api.person('bob');
    expect((await bob.call('GET', `/v1/runs/${run.id}/evaluation/pictures?actual=0&predicted=0`)).status).toBe(404);
    // One of before they were kept.
    await api.sql`update run set evaluation = (evaluation::jsonb - 'predictions')::json where id = ${run.id}`;
    expect((await now()).evaluation?.predictions).toBeNull();
    const { status, body } = await alice.call('GET', `/v1/runs/${run.id}/evaluation/pictures?actual=0&predicted=0`);
    expect([status, body.detail]).toEqual([404, expect.stringContaining('This run ended before such records were kept')]);
  });

  it('can be the start of another run, whose weights stay when it is deleted', async () => {
    const from = (epoch: number) => ({ ...smallRun, model: { weights: { run: run.id, epoch } } });
    const missingEpoch = await alice.call('POST', '/v1/runs', from(7));
    expect(missingEpoch.status).toBe(422);
    expect(missingEpoch.body.errors?.[0]).toEqual({ path: 'model.weights', message: expect.stringContaining('checkpoints of epoch 1, 2, 3') });
    const deeper = await alice.call('POST', '/v1/runs', { ...smallRun, model: { backbone: 'resnet34', weights: { run: run.id, epoch: 3 } } });
    expect(deeper.status).toBe(422);
    expect(deeper.body.errors?.[0]).toEqual({ path: 'model.weights', message: expect.stringMatching(/are of a ResNet18, and this run is of a ResNet34: set model\.backbone to "resnet18"/) });
    const child = (await alice.call<Run>('POST', '/v1/runs', from(3))).body;

    expect((await alice.call('DELETE', `/v1/runs/${run.id}`)).status).toBe(204);
    expect((await alice.call('GET', `/v1/runs/${run.id}`)).status).toBe(404);
    expect(await api.storage.size(`runs/${run.id}/curves/iterations.csv`)).toBeNull();
    for (const file of ['evaluation.json', 'predictions.safetensors']) expect(await api.storage.size(`runs/${run.id}/${file}`)).toBeNull();
    expect(await api.storage.size(`runs/${run.id}/checkpoints/1-3/model.safetensors`)).toBeNull();
    // The second worker's token went with the run.
    expect((await second.heartbeat()).status).toBe(401);

    const attempt = await claim(api, child.id);
    const weights = attempt?.ticket.weights;
    expect(await (await fetch(weights?.url ?? '')).text()).toBe(`model.safetensors of ${run.id} attempt 2 step 9`);
    expect((await alice.call('DELETE', `/v1/runs/${child.id}`)).status).toBe(409);
  });
});
