import { presets } from '@thaw/contract/presets';
import type { RunComparison } from '@thaw/contract/runComparison';
import type { ListedRun, Run } from '@thaw/contract/runs';
import type { TrainerEvent } from '@thaw/contract/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochEnd, smallRun, startApi, started, type Api, type Person } from './apiHarness.ts';

let api: Api;
let alice: Person;
let first: string;
let second: string;

const create = async (more: object = {}, who = alice): Promise<string> => (await who.call<Run>('POST', '/v1/runs', { ...smallRun, ...more })).body.id;
const compare = (ids: readonly string[], query = '') => alice.call<RunComparison>('GET', `/v1/comparison?${ids.map((id) => `run=${id}`).join('&')}${query}`);

/** An epoch of three steps. */
const epoch = (number: number, accuracy: number): TrainerEvent => ({ ...(epochEnd(number) as object), trainAccuracy: number === 0 ? null : accuracy / 2, testAccuracy: accuracy, imagesPerSecond: number === 0 ? null : 100 + number }) as TrainerEvent;

async function train(id: string, epochs: number): Promise<void> {
  const attempt = await claim(api, id);
  await attempt?.events(0, [started(), ...Array.from({ length: epochs + 1 }, (_, number) => epoch(number, number / 100))]);
  const outcome = { status: 'succeeded', best: { epoch: epochs - 1, loss: 1, accuracy: 0.5 }, bestTest: null, seconds: 10, cpuSeconds: 18, failure: null };
  expect((await attempt?.post('finish', { outcome, curves: [] }))?.status).toBe(204);
}

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice');
  first = await create({ name: 'one', schedule: { epochs: 3 } });
  second = await create({ name: 'two', schedule: { epochs: 60 }, optimizer: { type: 'sgd', learningRate: 0.001 }, data: { ...smallRun.data, augmentation: null }, tags: ['t'] });
  await train(first, 3);
  await train(second, 60);
}, 60_000);
afterAll(async () => api?.stop());

describe('a comparison of runs', () => {
  it('has the settings that differ, by path and run, and no others', async () => {
    const { body } = await compare([first, second]);
    const by = new Map(body.settings.map(({ path, values }) => [path, values]));
    expect([...by.keys()].sort()).toEqual(
      ['data.augmentation', 'optimizer.type', 'optimizer.weightDecay', 'optimizer.beta1', 'optimizer.beta2', 'optimizer.epsilon', 'optimizer.momentum', 'optimizer.nesterov', 'schedule.epochs'].sort(),
    );
    expect(by.get('schedule.epochs')).toEqual({ [first]: 3, [second]: 60 });
    expect(by.get('data.augmentation')).toEqual({ [first]: presets.scratch.data.augmentation, [second]: null });
    // The other has no such setting, which is not the same as having none set.
    expect(by.get('optimizer.momentum')).toEqual({ [second]: 0.9 });
    expect(by.get('optimizer.beta1')).toEqual({ [first]: 0.9 });
  });

  it('has what came of each, in the order that was asked for', async () => {
    const { body } = await compare([second, first]);
    expect(body.runs.map(({ id }) => id)).toEqual([second, first]);
    expect(body.runs[1]).toMatchObject({
      name: 'one',
      status: 'succeeded',
      dataset: { id: 'cifar10', version: 1 },
      datasetName: 'CIFAR-10',
      weights: null,
      device: 'cpu: hand',
      result: { best: { epoch: 2, accuracy: 0.5 }, bestTest: null, seconds: 10, cpuSeconds: 18 },
      // As in the comparison with companions: the test part steers, so the last epoch counts.
      figures: { epochs: 3, bestEpoch: 2, val: null, test: { loss: 1, accuracy: 0.03 }, seconds: 10, cpuSeconds: 18 },
      imagesPerSecond: 102,
    });
    expect(body.runs[1]?.epochs.map(({ epoch: number, testAccuracy }) => [number, testAccuracy])).toEqual([[0, 0], [1, 0.01], [2, 0.02], [3, 0.03]]);
  });

  it('thins long curves, and keeps the first epoch, the best and the last', async () => {
    const epochs = async (points: number) => (await compare([first, second], `&points=${points}`)).body.runs.map((run) => run.epochs.map(({ epoch: number }) => number));
    const [short, long] = await epochs(10);
    expect(short).toEqual([0, 1, 2, 3]);
    expect(long?.length).toBeLessThanOrEqual(10);
    expect(long).toEqual(expect.arrayContaining([0, 59, 60]));
    expect((await epochs(200))[1]).toHaveLength(61);
    expect((await compare([first, second], '&points=2')).status).toBe(422);
  });

  it('tells apart what is called the same: versions of the data, and weights', async () => {
    const [a, b] = [await create({ seed: 4 }), await create({ seed: 4 })];
    expect((await compare([a, b])).body.settings).toEqual([]);
    await api.sql`insert into weights (id, name, key, bytes, sha256) values ('weights_a', 'resnet18/imagenet1k_v1', 'k', 1, 'aa'), ('weights_b', 'resnet18/imagenet1k_v1', 'l', 1, 'bb')`;
    await api.sql`insert into dataset_version (dataset_id, version, status, source, options, manifest, manifest_key, finished_at) select dataset_id, 2, status, source, options, manifest, manifest_key, finished_at from dataset_version where dataset_id = 'cifar10'`;
    await api.sql`update run set weights_id = 'weights_a' where id = ${a}`;
    await api.sql`update run set weights_id = 'weights_b', dataset_version = 2 where id = ${b}`;
    const { runs, settings } = (await compare([a, b])).body;
    expect(settings).toEqual([
      { path: 'dataset.version', values: { [a]: 1, [b]: 2 } },
      { path: 'weights.sha256', values: { [a]: 'aa', [b]: 'bb' } },
    ]);
    expect(runs.map(({ weights }) => weights)).toEqual([{ name: 'resnet18/imagenet1k_v1', sha256: 'aa' }, { name: 'resnet18/imagenet1k_v1', sha256: 'bb' }]);
    await api.sql`delete from run where id in (${a}, ${b})`;
  });

  it('is of 2 to 20 runs of the caller', async () => {
    expect((await compare([first])).status).toBe(422);
    expect((await compare([])).status).toBe(422);
    // The same twice is one.
    const same = await alice.call('GET', `/v1/comparison?run=${first}&run=${first}`);
    expect(same).toMatchObject({ status: 422, body: { detail: expect.stringMatching(/2 to 20 runs can be compared, and 1 is named/) } });
    const many = Array.from({ length: 21 }, (_, n) => `run_${n}`);
    expect((await compare(many)).status).toBe(422);
    const bob = await api.person('bob');
    const others = await create({}, bob);
    for (const other of [others, 'run_unknown', 'a%00b']) {
      const reply = await alice.call('GET', `/v1/comparison?run=${first}&run=${other}`);
      expect(reply).toMatchObject({ status: 404, body: { detail: 'There is no run with this id here. Check the id, and that it is yours.' } });
    }
  });
});

describe('a sparkline', () => {
  const lines = async () => new Map((await alice.call<{ items: ListedRun[] }>('GET', '/v1/runs?sparkline=true')).body.items.map(({ id, sparkline }) => [id, sparkline]));

  it('comes with a list where it is asked for: few epochs, evenly, and the last', async () => {
    expect((await lines()).get(first)).toEqual([
      { epoch: 0, train: null, monitored: 0 },
      { epoch: 1, train: 0.005, monitored: 0.01 },
      { epoch: 2, train: 0.01, monitored: 0.02 },
      { epoch: 3, train: 0.015, monitored: 0.03 },
    ]);
    const long = (await lines()).get(second);
    expect(long?.map((point) => point.epoch)).toEqual([...Array.from({ length: 31 }, (_, n) => 2 * n)]);
    const { body } = await alice.call<{ items: ListedRun[] }>('GET', '/v1/runs');
    for (const item of body.items) expect(item).not.toHaveProperty('sparkline');
  });

  it('has each epoch once when a run goes on from a checkpoint', async () => {
    const id = await create();
    const attempt = await claim(api, id);
    await attempt?.events(0, [started(), epoch(0, 0.1), epoch(1, 0.2)]);
    await attempt?.checkpoint(1, 3);
    await attempt?.events(1, [epoch(2, 0.3)]);
    await attempt?.finish('stopped');
    const again = await claim(api, id);
    await again?.events(0, [started(3)]);
    expect((await lines()).get(id)?.map(({ epoch: number, monitored }) => [number, monitored])).toEqual([[0, 0.1], [1, 0.2]]);
    await again?.events(1, [epoch(2, 0.4), epoch(3, 0.5)]);
    expect((await lines()).get(id)?.map(({ epoch: number, monitored }) => [number, monitored])).toEqual([[0, 0.1], [1, 0.2], [2, 0.4], [3, 0.5]]);
  });
});
