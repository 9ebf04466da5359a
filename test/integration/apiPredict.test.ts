import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import type { Prediction } from '@thaw/contract/predict';
import type { Problem } from '@thaw/contract/problems';
import type { Run } from '@thaw/contract/runs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochOf, smallRun, startApi, started, type Api, type Person } from './apiHarness.ts';
import { makeNetwork, testPictures, writeNoise, type Network } from './predict/network.ts';
import { claimTask } from './taskByHand.ts';

let api: Api;
let alice: Person;
let pictureOf: (index: number) => Buffer;
const networks: Record<'tuned' | 'untuned' | 'enlarging', Network> = {} as typeof networks;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: ({ folder }) => Promise.resolve({ MODEL_CACHE_DIR: path.join(folder, 'models') }) });
  alice = await api.person('alice');
  const data = writeNoise(path.join(api.servers.folder, 'noise'));
  pictureOf = testPictures(data);
  const make = (imageSize: number, scale: number) => makeNetwork(path.join(api.servers.folder, 'networks'), data, { imageSize, scale });
  networks.tuned = await make(32, 1);
  networks.untuned = await make(32, -1);
  networks.enlarging = await make(64, 1);
}, 120_000);
afterAll(async () => api?.stop());

type Body = NonNullable<RequestInit['body']>;
interface Answer<T = Prediction> {
  status: number;
  headers: Headers;
  body: T;
}

async function predict<T = Prediction>(id: string, body: Body, { query = '', type = 'image/png', key = alice.key, headers = {} }: { query?: string; type?: string | null; key?: string; headers?: Record<string, string> } = {}): Promise<Answer<T>> {
  const response = await fetch(`${api.url}/v1/runs/${id}/predict${query}`, {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { authorization: `Bearer ${key}`, ...(type !== null && { 'content-type': type }), ...headers },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}
const bytesOf = (picture: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(picture);
const atOnce = { headers: { prefer: 'wait=0' } };

/** A run that has ended, with a checkpoint. */
async function finishedRun(): Promise<string> {
  const { id } = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
  const attempt = await claim(api, id);
  await attempt?.events(0, [started(), ...epochOf(1)]);
  await attempt?.checkpoint(1, 3);
  await attempt?.finish('succeeded');
  return id;
}

/** Does the exports that were asked for: those of epoch 0 become the second network. */
async function exportAll(first: Network, epoch0 = networks.untuned): Promise<void> {
  for (let task = await claimTask(api); task !== null; task = await claimTask(api)) {
    const { work } = task.ticket;
    if (work.kind !== 'export') throw new Error('not an export');
    const file = await task.put('model.onnx', work.source.kind === 'untuned' ? epoch0.onnx : first.onnx);
    expect((await task.succeed([file], { kind: 'export', largestDifference: 1e-6 })).status).toBe(204);
  }
}

/** A run of this network that is ready to be asked. */
async function runOf(network: Network): Promise<string> {
  const id = await finishedRun();
  expect((await predict(id, bytesOf(pictureOf(0)), atOnce)).status).toBe(503);
  await exportAll(network);
  return id;
}

const probabilities = ({ panel }: Network['evaluation'], at: number): number[] => panel[0]?.images[at]?.probabilities.map(Number) ?? [];

describe('a prediction', () => {
  it.each(['tuned', 'enlarging'] as const)("is what the trainer's evaluation says of the same image, and says what was thought before training: %s", async (name) => {
    const id = await runOf(networks[name]);
    const images = networks[name].evaluation.panel[0]?.images ?? [];
    expect(images.length).toBeGreaterThanOrEqual(5);
    for (const [at, { index }] of images.entries()) {
      const { status, body } = await predict(id, bytesOf(pictureOf(index)), { query: '?epoch=best' });
      expect({ status, body }).toMatchObject({ status: 200, body: { run: id, epoch: 1, width: 32, height: 32 } });
      const expected = probabilities(networks[name].evaluation, at);
      expect(body.predictions).toHaveLength(5);
      for (const { index: label, probability } of body.predictions) expect(Math.abs(probability - (expected[label] as number))).toBeLessThan(1e-4);
      expect(body.predictions[0]?.index).toBe(expected.indexOf(Math.max(...expected)));
      expect(body.predictions[0]?.class).toBe(networks[name].evaluation.classes[body.predictions[0]?.index ?? 0]?.name);
      const before = probabilities(networks.untuned.evaluation, networks.untuned.evaluation.panel[0]?.images.findIndex((image) => image.index === index) ?? -1);
      for (const { index: label, probability } of body.untuned?.predictions ?? []) expect(Math.abs(probability - (before[label] as number))).toBeLessThan(1e-4);
      expect(body.untuned).toMatchObject({ epoch: 0, predictions: { length: 5 } });
      expect(body.milliseconds).toBeGreaterThan(0);
    }
  });

  it('is right as often as the evaluation counts', async () => {
    const id = await runOf(networks.tuned);
    const { confusion } = networks.tuned.evaluation;
    const found = confusion.map((row) => row.map(() => 0));
    for (let index = 0; index < 20; index++) {
      const row = found[index % 10];
      const label = (await predict(id, bytesOf(pictureOf(index)))).body.predictions[0]?.index ?? -1;
      if (row !== undefined) row[label] = (row[label] ?? 0) + 1;
    }
    found.forEach((row, label) => row.forEach((count, predicted) => expect(count).toBeLessThanOrEqual(confusion[label]?.[predicted] ?? 0)));
  });

  it('takes what people have, whatever it is called: by its bytes, upright, as a body or in a form', async () => {
    const id = await runOf(networks.tuned);
    const wide = sharp({ create: { width: 96, height: 48, channels: 3, background: { r: 200, g: 60, b: 20 } } });
    const files = {
      png: await wide.clone().png().toBuffer(),
      jpeg: await wide.clone().jpeg().toBuffer(),
      webp: await wide.clone().webp().toBuffer(),
      gif: await wide.clone().gif().toBuffer(),
      tiff: await wide.clone().tiff().toBuffer(),
      avif: await wide.clone().avif().toBuffer(),
    };
    const first = (await predict(id, bytesOf(files.png))).body;
    for (const [format, file] of Object.entries(files)) {
      const { status, body } = await predict(id, bytesOf(file), { type: 'image/png' });
      expect({ format, status, body }).toMatchObject({ format, status: 200, body: { width: 96, height: 48 } });
      expect(Math.abs((body.predictions[0]?.probability ?? 0) - (first.predictions[0]?.probability ?? 1))).toBeLessThan(0.1);
    }
    const turned = await wide.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect((await predict(id, bytesOf(turned), { type: 'application/octet-stream' })).body).toMatchObject({ width: 48, height: 96 });
    const form = new FormData();
    form.set('note', 'of my cat');
    form.set('image', new Blob([bytesOf(files.png)]), 'cat.png');
    expect((await predict(id, form, { type: null })).body).toMatchObject({ predictions: first.predictions });
  });

  it('is of the epoch that is asked for', async () => {
    const id = await runOf(networks.tuned);
    const picture = bytesOf(pictureOf(3));
    const best = (await predict(id, picture)).body;
    for (const query of ['?epoch=last', '?epoch=1']) expect((await predict(id, picture, { query })).body).toMatchObject({ epoch: 1, predictions: best.predictions });
    expect((await predict(id, picture, { query: '?epoch=0' })).body).toMatchObject({ epoch: 0, predictions: best.untuned?.predictions, untuned: best.untuned });
    expect((await predict(id, picture, { query: '?epoch=7' })).status).toBe(404);
    expect((await predict(id, picture, { query: '?epoch=first' })).status).toBe(422);
  });

  it('waits for the export, and goes without the comparison while that alone is not there', async () => {
    const id = await finishedRun();
    const early = await predict<Problem>(id, bytesOf(pictureOf(0)), { headers: { prefer: 'wait=1' } });
    expect({ ...early.body, retry: early.headers.get('retry-after') }).toMatchObject({ type: 'urn:thaw:problem:not-ready', retry: '2' });
    const waiting = predict(id, bytesOf(pictureOf(0)), { headers: { prefer: 'wait=4' } });
    const task = await claimTask(api);
    const file = await task?.put('model.onnx', networks.tuned.onnx);
    await task?.succeed([file ?? {}], { kind: 'export', largestDifference: 1e-6 });
    expect(await waiting).toMatchObject({ status: 200, body: { epoch: 1, untuned: null } });
    await exportAll(networks.tuned);
    expect((await predict(id, bytesOf(pictureOf(0)))).body.untuned).not.toBeNull();
  });
});

describe('a picture', () => {
  let id: string;
  beforeAll(async () => {
    id = await runOf(networks.tuned);
  });

  const refusal = async (body: Body, more: Parameters<typeof predict>[2] = {}) => (await predict<Problem>(id, body, more)).body;

  it('that is none, is damaged, empty, or made to burst is refused with a sentence', async () => {
    const whole = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } }).jpeg().toBuffer();
    // Only its header says so: 60,000 x 60,000 pixels.
    const bomb = Buffer.from(pictureOf(0));
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    for (const [what, bytes, detail] of [
      ['text', Buffer.from('hello, this is no picture'), /text/],
      ['svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'), /SVG/i],
      ['zip', Buffer.from('504b030414000000', 'hex'), /zip/],
      ['cut short', whole.subarray(0, whole.length / 2), /cut|truncat|end/i],
      ['bomb', bomb, /60000 x 60000|pixels|damaged|corrupt|decoded/i],
      ['nothing', Buffer.alloc(0), /empty|none/],
    ] as const)
      expect({ what, ...(await refusal(bytesOf(Buffer.from(bytes)))) }).toMatchObject({ what, status: 422, detail: expect.stringMatching(detail), errors: [{ path: 'image' }] });
    // And the next is looked at as ever.
    expect((await predict(id, bytesOf(pictureOf(0)))).status).toBe(200);
  });

  it('that says it is something else, or is too large, is not read', async () => {
    expect((await refusal('{}', { type: 'application/json' })).status).toBe(415);
    expect((await refusal(bytesOf(pictureOf(0)), { type: null })).status).toBe(415);
    expect((await refusal('a=b', { type: 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await refusal(bytesOf(pictureOf(0)), { type: 'multipart/form-data; boundary=x' })).status).toBe(400);
    expect((await refusal(new Uint8Array(20 * 2 ** 20 + 1))).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream({ pull: (out) => (sent++ < 1000 ? out.enqueue(new Uint8Array(2 ** 16)) : out.close()) });
    expect((await refusal(endless)).status).toBe(413);
  });

  it("is looked at for the run's owner alone, whose key may do more than read", async () => {
    const bob = await api.person('bob');
    expect((await refusal(bytesOf(pictureOf(0)), { key: bob.key })).status).toBe(404);
    const reader = (await createApiKey(api, { ownerId: alice.id, name: 'reader', scopes: ['read'] })).key;
    expect((await refusal(bytesOf(pictureOf(0)), { key: reader })).status).toBe(403);
    const empty = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body.id;
    expect((await predict(empty, bytesOf(pictureOf(0)))).status).toBe(404);
    await alice.call('POST', `/v1/runs/${empty}/cancel`);
  });

  it('costs its own process at most: one that dies is replaced', async () => {
    const predictors = (): number[] =>
      readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('predict/predictor.ts') && Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) === process.pid;
        } catch {
          return false;
        }
      });
    const before = predictors();
    expect(before.length).toBeGreaterThanOrEqual(1);
    // Stopped, they hold the picture until they are killed.
    for (const pid of before) process.kill(pid, 'SIGSTOP');
    const lost = predict<Problem>(id, bytesOf(pictureOf(1)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const { status, body } = await lost;
    expect({ status, detail: body.detail }).toMatchObject({ status: 422, detail: expect.stringContaining('ended the process') });
    expect((await predict(id, bytesOf(pictureOf(1)))).status).toBe(200);
    expect(predictors().some((pid) => before.includes(pid))).toBe(false);
  });

  it('holds up nothing else, however large', async () => {
    const large = await sharp({ create: { width: 7000, height: 7000, channels: 3, background: '#357' } }).png({ compressionLevel: 1 }).toBuffer();
    const begun = performance.now();
    let done = 0;
    const predictions = [1, 2, 3, 4].map(async () => {
      const reply = await predict(id, bytesOf(large));
      done++;
      return reply;
    });
    const waits: number[] = [];
    while (done < predictions.length) {
      const asked = performance.now();
      expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
      waits.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const reply of await Promise.all(predictions)) expect(reply).toMatchObject({ status: 200, body: { width: 7000, height: 7000 } });
    const took = performance.now() - begun;
    waits.sort((a, b) => a - b);
    const [median = 0, slowest = 0] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
    expect(waits.length).toBeGreaterThan(10);
    // Looked at in this process, one picture alone would take a quarter of that.
    expect(median).toBeLessThan(took / 40);
    expect(slowest).toBeLessThan(took / 4);
  });
});

describe('a model on the disk', () => {
  it('is fetched once, and again where it was changed or has gone', async () => {
    const id = await runOf(networks.tuned);
    const folder = api.environment['MODEL_CACHE_DIR'] ?? '';
    const picture = bytesOf(pictureOf(2));
    const { predictions } = (await predict(id, picture)).body;
    const kept = readdirSync(folder);
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(kept.every((name) => /^[0-9a-f]{64}\.onnx$/.test(name))).toBe(true);
    const { openModelFiles } = await import('@thaw/api/predict/modelFiles');
    let fetched = 0;
    const storage = { save: (key: string, file: string) => (fetched++, api.storage.save(key, file)) };
    const [stored] = await api.sql<{ file: { key: string; bytes: number; sha256: string } }[]>`
      select result -> 'files' -> 0 as file from task where run_id = ${id} and input ->> 'epoch' = '1'`;
    if (stored === undefined) throw new Error('no export');
    const { file: model } = stored;
    const files = openModelFiles({ storage, folder });
    const at = await files.get(model);
    expect({ at, fetched }).toEqual({ at: path.join(folder, `${model.sha256}.onnx`), fetched: 0 });
    writeFileSync(at, Buffer.alloc(model.bytes));
    const suspicious = openModelFiles({ storage, folder });
    await Promise.all([suspicious.get(model), suspicious.get(model)]);
    expect({ fetched, whole: readFileSync(at).equals(networks.tuned.onnx) }).toEqual({ fetched: 1, whole: true });
    await expect(suspicious.get({ ...model, sha256: '0'.repeat(64) })).rejects.toThrow(/damaged/);
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
    expect((await predict(id, picture)).body.predictions).toEqual(predictions);
  });
});
