import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { importWeights } from '@thaw/api/weights/importWeights';
import { presets } from '@thaw/contract/presets';
import type { RunWithCompanions } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochOf, smallRun, startApi, started, type Api, type Person } from './apiHarness.ts';
import { claimIngest, imagesOf, petImages, uploadedDataset } from './ingestByHand.ts';

let api: Api;
let alice: Person;
let original: RunWithCompanions;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
  original = await create({ name: 'first', tags: ['a', 'b'], notes: 'about this one', priority: 7, optimizer: { learningRate: 0.002 }, seed: 5 });
}, 60_000);
afterAll(async () => api?.stop());

const create = async (more: object): Promise<RunWithCompanions> => {
  const { status, body } = await alice.call<RunWithCompanions>('POST', '/v1/runs', { ...smallRun, ...more });
  expect(status).toBe(201);
  return body;
};
const clone = (body: object, id = original.id, headers: Record<string, string> = {}) => alice.call<RunWithCompanions>('POST', `/v1/runs/${id}/clone`, body, headers);
const cloned = async (body: object, id = original.id): Promise<RunWithCompanions> => {
  const reply = await clone(body, id);
  expect(reply).toMatchObject({ status: 201 });
  expect(reply.headers.get('location')).toBe(`/v1/runs/${reply.body.id}`);
  return reply.body;
};

describe('a clone', () => {
  it('repeats a run, with what its owner called it', async () => {
    const made = await cloned({});
    expect(made.id).not.toBe(original.id);
    expect(made).toMatchObject({ name: 'first', tags: ['a', 'b'], notes: '', priority: 7, status: 'queued', attempt: 0, companionOf: null, dataset: original.dataset });
    expect(made.spec).toEqual(original.spec);
    expect(await cloned({ name: 'second', tags: [], notes: 'n', priority: 0 })).toMatchObject({ name: 'second', tags: [], notes: 'n', priority: 0, spec: original.spec });
  });

  it('differs in what is named, at every depth, and in nothing else', async () => {
    const { spec } = await cloned({ schedule: { epochs: 2 }, data: { augmentation: { flip: 0 } }, seed: 6 });
    const { data } = original.spec;
    expect(spec).toEqual({ ...original.spec, seed: 6, schedule: { ...original.spec.schedule, epochs: 2 }, data: { ...data, augmentation: { ...data.augmentation, flip: 0 } } });
    // Off, and on again: what was off has no fields to keep.
    const bare = await cloned({ data: { augmentation: null } });
    expect(bare.spec.data.augmentation).toBeNull();
    expect((await cloned({ data: { augmentation: { flip: 0.5 } } }, bare.id)).spec.data.augmentation).toEqual({ crop: null, flip: 0.5, rotation: 0, colorJitter: null, erasing: null, cutout: null, mixup: null });
  });

  it('takes the defaults of an optimiser of another type, not what was meant for the first', async () => {
    const { optimizer } = (await cloned({ optimizer: { type: 'sgd' } })).spec;
    expect(optimizer).toEqual({ type: 'sgd', learningRate: 0.01, headLearningRateFactor: 1, stageLearningRateDecay: 1, weightDecay: 0, clipNorm: null, momentum: 0.9, nesterov: false });
    expect((await cloned({ optimizer: { type: 'adam', weightDecay: 0 } })).spec.optimizer).toEqual({ ...original.spec.optimizer, weightDecay: 0 });
  });

  it('comes with the companions that its recipe asks for', async () => {
    expect((await cloned({ companions: ['linear_probe'] })).companions).toMatchObject([{ kind: 'linear_probe', status: 'queued' }]);
  });

  it.each([
    [{ schedule: { epoch: 3 } }, 'schedule.epoch'],
    [{ schedule: { freezeEpochs: 4 } }, 'schedule.freezeEpochs'],
    [{ preset: 'quick' }, 'preset'],
    [{ data: { dataset: 'dataset_gone' } }, 'data.dataset'],
    [{ data: { batchSize: 500 } }, 'data.batchSize'],
    [{ model: { weights: 'imagenet1k_v1' } }, 'model.weights'],
    [{ priority: 1000 }, 'priority'],
  ])('is refused with %j, which names the field', async (body, at) => {
    const reply = await alice.call('POST', `/v1/runs/${original.id}/clone`, body);
    expect({ status: reply.status, at: reply.body.errors?.map(({ path: field }) => field) }).toEqual({ status: 422, at: [at] });
  });

  it('is made once for a request that is repeated, and by nobody else', async () => {
    const headers = { 'idempotency-key': 'again' };
    const [first, second] = [await clone({ seed: 9 }, original.id, headers), await clone({ seed: 9 }, original.id, headers)];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('idempotent-replay')).toBe('true');
    expect((await clone({ seed: 10 }, original.id, headers)).status).toBe(409);
    const bob = await api.person('bob');
    expect((await bob.call('POST', `/v1/runs/${original.id}/clone`, {})).status).toBe(404);
  });
});

describe('a clone later', () => {
  it('trains on the same version of the data, though there is a newer one', async () => {
    const target = await uploadedDataset(api, alice);
    await (await claimIngest(api, target))?.complete(petImages());
    const run = await create({ data: { dataset: target.dataset, batchSize: 8, monitor: 'test' } });
    const edit = await alice.call('POST', `/v1/datasets/${target.dataset}/versions`, { edits: { exclude: [{ split: 'train', row: 0 }] } });
    expect(edit.status).toBe(201);
    await (await claimIngest(api))?.complete([...imagesOf('train', '狗', 19), ...imagesOf('train', '猫', 20, 19), ...imagesOf('test', '狗', 5), ...imagesOf('test', '猫', 5, 5)]);
    expect((await cloned({ seed: 1 }, run.id)).dataset).toEqual({ id: target.dataset, version: 1 });
    expect((await create({ data: { dataset: target.dataset, batchSize: 8, monitor: 'test' } })).dataset).toEqual({ id: target.dataset, version: 2 });
    expect((await cloned({ data: { dataset: 'cifar10', batchSize: 64 } }, run.id)).dataset).toEqual({ id: 'cifar10', version: 1 });
  });

  it('starts from the same weights, though the run that they came from is gone, or newer ones are offered', async () => {
    await api.sql`update run set status = 'cancelled', finished_at = now() where status = 'queued'`;
    const source = await create({});
    const attempt = await claim(api, source.id);
    await attempt?.events(0, [started(), ...epochOf(1)]);
    await attempt?.checkpoint(1, 3);
    await attempt?.finish('succeeded');
    const run = await create({ model: { weights: { run: source.id, epoch: 1 } } });
    expect((await alice.call('DELETE', `/v1/runs/${source.id}`)).status).toBe(204);
    const again = await cloned({}, run.id);
    const [first, second] = [await claim(api, run.id), await claim(api, again.id)];
    expect(second?.ticket.weights?.sha256).toBe(first?.ticket.weights?.sha256);
    expect(second?.ticket.weights).not.toBeNull();
    // To start from another checkpoint of it is another matter.
    expect((await clone({ model: { weights: { run: source.id, epoch: 2 } } }, run.id)).status).toBe(422);

    const file = path.join(api.servers.folder, 'weights.pth');
    const offer = (content: string) => {
      writeFileSync(file, content);
      return importWeights(api, { backbone: 'resnet18', file });
    };
    await offer('weights');
    const pretrained = await create({ preset: 'tutorial', schedule: presets.quick.schedule });
    await offer('newer weights');
    const like = await cloned({}, pretrained.id);
    const fresh = await create({ preset: 'tutorial', schedule: presets.quick.schedule });
    const weights = async (id: string) => (await claim(api, id))?.ticket.weights?.sha256;
    const [before, after, newest] = [await weights(pretrained.id), await weights(like.id), await weights(fresh.id)];
    expect(after).toBe(before);
    expect(newest).not.toBe(before);
  });
});
