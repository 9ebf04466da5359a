import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RunExport } from '@thaw/contract/exports';
import type { Preview } from '@thaw/contract/previews';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { Run } from '@thaw/contract/runs';
import { readModel } from '@thaw/gpu-worker/checkpoint/readModel';
import { openData } from '@thaw/gpu-worker/data/openData';
import { checkImages } from '@thaw/gpu-worker/export/checkImages';
import { predictScript } from '@thaw/gpu-worker/export/companions';
import { onnxLogits } from '@thaw/gpu-worker/export/onnxLogits';
import { referenceNetwork } from '@thaw/gpu-worker/export/referenceNetwork';
import { previewFolder } from '@thaw/gpu-worker/preview/previewFolder';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { largestDifference } from '../../workers/gpu/test/inputs.ts';
import { writeFormulaWeights } from '../../workers/gpu/test/formulaWeights.ts';
import { anyStorage, writeSmallCifar10 } from './apiHarness.ts';
import { childrenOf, isAlive } from './processTree.ts';
import { startWorld, type World } from './workerWorld.ts';

/** The whole way of a task: API, dispatcher and task worker as processes, the real trainer's code, a few made-up images. */
const spec = {
  preset: 'quick',
  data: { batchSize: 32, trainLimit: null, testLimit: null, monitor: 'test', normalization: 'dataset' },
  schedule: { epochs: 1, freezeEpochs: 1 },
};
let world: World;
let data: string;
let id: string;

beforeAll(async () => {
  world = await startWorld({
    s3: anyStorage,
    launch: true,
    prepare: (folder) => {
      const weights = path.join(folder, 'formula.safetensors');
      writeFormulaWeights(weights);
      data = writeSmallCifar10(path.join(folder, 'cifar'), { train: 6, test: 2 });
      return Promise.resolve({ data, weights });
    },
  });
  id = await world.createRun({ ...spec, name: 'tiny' });
  await ended(id);
}, 120_000);
afterAll(() => world?.stop());

const ended = (run: string): Promise<Run> =>
  vi.waitFor(
    async () => {
      const now = await world.run(run);
      if (now.status !== 'succeeded') throw new Error(`the run stands at ${now.status}, attempt ${now.attempt}, step ${now.step}, ${JSON.stringify(now.failure)}`);
      return now;
    },
    { timeout: 90_000, interval: 200 },
  );

/** Asks again while it is being made, as `curl --retry` does. */
async function download(address: string, name: string): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const reply = await world.request('GET', address);
    if (reply.status === 503) continue;
    if (!reply.ok) throw new Error(`${address}: ${reply.status} ${await reply.text()}`);
    const folder = path.join(world.folder, 'downloads');
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, name);
    writeFileSync(file, Buffer.from(await reply.arrayBuffer()));
    return file;
  }
  throw new Error(`${address} was not made in time`);
}
const checkpointFile = (epoch: number | string, format: string) => download(`/v1/runs/${id}/checkpoints/${epoch}/${format}`, `${epoch}.${format}`);
const exportOnce = async (body: object): Promise<RunExport> => (await (await world.request('POST', `/v1/runs/${id}/exports`, body)).json()) as RunExport;
const made = (one: RunExport): Promise<RunExport> =>
  vi.waitFor(
    async () => {
      const now = (await (await world.request('GET', `/v1/runs/${id}/exports/${one.id}`)).json()) as RunExport;
      if (now.status !== 'succeeded') throw new Error(`the export is ${now.status} ${JSON.stringify(now.failure)}`);
      return now;
    },
    { timeout: 60_000, interval: 200 },
  );

/** Process ids of the task workers that were started, in order. */
const taskWorkers = (): number[] => [...world.dispatched().matchAll(/"for":"task_[0-9a-f]+","pid":(\d+)/g)].map(([, pid]) => Number(pid));

test("the ONNX file of a checkpoint gives the checkpoint's logits", { timeout: 90_000 }, async () => {
  const onnx = await checkpointFile('last', 'onnx');
  const saved = readModel(await checkpointFile('last', 'safetensors'));
  expect(saved).toMatchObject({ epoch: 1, step: 2, classes: expect.arrayContaining(['cat']) as unknown });
  const size = saved.transform.imageSize;
  const images = checkImages(3, size);
  const network = referenceNetwork(saved, 3);
  try {
    expect(largestDifference(await onnxLogits(onnx, images, size, saved.transform, [1, 2]), network.logits(saved.state, images))).toBeLessThan(1e-4);
  } finally {
    network.close();
  }
});

test('the untuned network is the one that was evaluated before any training', { timeout: 90_000 }, async () => {
  const [onnx, model] = [await checkpointFile(0, 'onnx'), readModel(await checkpointFile(0, 'safetensors'))];
  const folder = openData(data);
  const { test: source } = folder;
  const images = new Uint8Array(source.count * 32 * 32 * 3);
  source.readImages(Int32Array.from({ length: source.count }, (_, index) => index), images);
  folder.close();
  const logits = await onnxLogits(onnx, images, 32, model.transform, [source.count]);
  let [loss, right] = [0, 0];
  for (let image = 0; image < source.count; image++) {
    const own = Array.from(logits.subarray(image * 10, (image + 1) * 10));
    const label = source.labels[image] as number;
    const most = Math.max(...own);
    loss += most + Math.log(own.reduce((sum, value) => sum + Math.exp(value - most), 0)) - (own[label] as number);
    if (own[label] === most) right += 1;
  }
  const { epochs } = await world.metrics(id);
  expect(epochs[0]).toMatchObject({ epoch: 0, testAccuracy: right / source.count });
  expect(loss / source.count).toBeCloseTo(Number(epochs[0]?.testLoss), 4);
  expect(model).toMatchObject({ epoch: 0, step: 0 });
});

test('a card tells the evaluation and the epochs, and predict.py comes with it', { timeout: 90_000 }, async () => {
  const { files } = await made(await exportOnce({ epoch: 'last', format: 'pth', with: ['card', 'predict'] }));
  expect(files.map(({ fileName }) => fileName)).toEqual(['tiny-epoch-1.pth', 'tiny-epoch-1.pth.card.md', 'predict.py']);
  const [model, card, script] = files;
  const text = readFileSync(await download(card?.download ?? '', 'card.md'), 'utf8');
  expect(text).toContain('python predict.py "tiny-epoch-1.pth" picture.jpg');
  expect(text).toContain(`| tiny-epoch-1.pth | ${model?.bytes} | \`${model?.sha256}\` |`);
  expect(text).toContain('On 20 images of the test part.');
  expect(text).toMatch(/\| 1 \| frozen \|/);
  expect(readFileSync(await download(script?.download ?? '', 'predict.py'), 'utf8')).toBe(predictScript());
});

test('kill -9 of the task worker in the middle: the next one does it, and nothing of the first is left', { timeout: 90_000 }, async () => {
  // It has made the file and cannot bring it away.
  world.proxy.fault = ({ method, path: key }) => (method === 'PUT' && key.includes('/exports/') ? 503 : null);
  const wanted = await exportOnce({ epoch: 0, format: 'pth' });
  await vi.waitFor(() => expect(world.proxy.refused).toBeGreaterThan(0), { timeout: 60_000, interval: 50 });
  const pid = taskWorkers().at(-1) ?? 0;
  const hands = childrenOf(pid);
  expect(hands).toHaveLength(1);
  process.kill(pid, 'SIGKILL');
  world.proxy.fault = () => null;
  const done = await made(wanted);
  expect(done.files.map(({ uri }) => uri)).toEqual([expect.stringContaining(`/exports/${wanted.id}/attempt-2/model.pth`)]);
  expect(taskWorkers().at(-1)).not.toBe(pid);
  await vi.waitFor(() => expect(hands.filter(isAlive)).toEqual([]));
});

test("a preview is the trainer's own picture", { timeout: 90_000 }, async () => {
  const asked = { ...spec, data: { ...spec.data, augmentation: { crop: { padding: 4 }, flip: 0.5, rotation: 15 } } };
  const reply = await world.request('POST', '/v1/previews', { spec: asked, images: 3, draws: 2 });
  expect(reply.status).toBe(201);
  const preview = (await reply.json()) as Preview;
  const file = await download(`/v1/previews/${preview.id}/picture`, 'preview.png');
  const resolved = resolveSpec(asked);
  if (!resolved.ok) throw new Error('the spec is not valid');
  const own = path.join(world.folder, 'own.png');
  const { images, width, height } = previewFolder({ spec: resolved.spec, data, out: own, images: 3, draws: 2 });
  expect(readFileSync(file).equals(readFileSync(own))).toBe(true);
  expect(await (await world.request('GET', `/v1/previews/${preview.id}`)).json()).toMatchObject({ status: 'succeeded', images, picture: { width, height } });
});

describe("the README's script of nothing but curl", () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
  const [block = ''] = /^    cat > finetune\.sh <<'END'$[^]*?^    API=.*$/m.exec(readme) ?? [];
  let folder: string;
  beforeAll(() => {
    folder = path.join(world.folder, 'script');
    mkdirSync(folder);
  });

  /** Runs the block as it stands there, but for the address and the key in its last line. */
  async function follow(key: string, recipe: object): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = block.replace(/^ {4}/gm, '').replace('API=http://localhost:3001 KEY=thaw_... ', `API=${world.url} KEY=${key} `);
    expect(command).toContain(world.url);
    const env = { PATH: process.env['PATH'], SPEC: JSON.stringify(recipe) };
    return promisify(execFile)('sh', ['-c', command], { cwd: folder, env, timeout: 60_000 }).then(
      (said) => ({ code: 0, ...said }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  }

  test('ends with the model, and begun again it goes on with the same run', { timeout: 90_000 }, async () => {
    const first = await follow(world.key, spec);
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^first\.onnx is the model of run_\w+\n$/) as unknown });
    const [made = ''] = /run_\w+/.exec(first.stdout) ?? [];
    const best = await world.request('GET', `/v1/runs/${made}/checkpoints/best/onnx`);
    expect(readFileSync(path.join(folder, 'first.onnx')).equals(Buffer.from(await best.arrayBuffer()))).toBe(true);
    expect(await follow(world.key, spec)).toMatchObject({ code: 0, stdout: first.stdout });
  });

  test('ends with the words of the API where it does not take the recipe or the key', async () => {
    expect(await follow(world.key, { colour: 1 })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('"path":"colour"') as unknown });
    expect(await follow('thaw_none', spec)).toMatchObject({ code: 1, stderr: expect.stringContaining('urn:thaw:problem:unauthorized') as unknown });
  });
});
