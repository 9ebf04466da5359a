import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '@thaw/contract/datasets';
import type { Checkpoint, Run } from '@thaw/contract/runs';
import type { PartsReply, Upload } from '@thaw/contract/uploads';
import { encodePng } from '@thaw/formats/png';
import { openSafetensors } from '@thaw/formats/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, type Api, type Person, until } from './apiHarness.ts';

const root = path.resolve(import.meta.dirname, '../..');
const entryPoint = (name: string): string => path.join(root, name);

/** A picture whose colour tells its class, with noise, so that no two are the same. */
function picture(red: number, blue: number, seed: number): Buffer {
  const [width, height] = [48, 36];
  let state = seed;
  const noise = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 24;
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => ([red, 60, blue][at % 3] ?? 0) + (noise() & 63));
  return encodePng({ width, height, pixels });
}

describe('from a folder of pictures to a trained model', () => {
  let api: Api;
  let ann: Person;
  let dispatcher: ChildProcess;
  let log = '';
  beforeAll(async () => {
    api = await startApi({ s3: anyStorage });
    ann = await api.person('ann', ['datasets', 'runs']);
    const command = (worker: string): string => JSON.stringify([process.execPath, entryPoint(`workers/${worker}/src/main.ts`)]);
    const environment = {
      ...process.env,
      DATABASE_URL: api.servers.databaseUrl,
      THAW_LAUNCHER: 'process',
      THAW_WORKER_COMMAND: command('gpu'),
      THAW_INGEST_COMMAND: command('ingest'),
      THAW_API_URL: api.url,
      THAW_WORKER_TOKEN: api.workerToken,
      THAW_DEVICE: 'cpu',
      THAW_WORK_DIR: path.join(api.servers.folder, 'work'),
      THAW_CACHE_DIR: path.join(api.servers.folder, 'cache'),
    };
    mkdirSync(environment.THAW_WORK_DIR);
    dispatcher = spawn(process.execPath, [entryPoint('apps/api/src/dispatcher.ts')], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [dispatcher.stdout, dispatcher.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => dispatcher.once('close', resolve));
    dispatcher.kill('SIGTERM');
    await ended;
    await api.stop();
  });

  it('keeps Chinese class names from the upload to the checkpoint', { timeout: 240_000 }, async () => {
    const folder = path.join(api.servers.folder, '宠物');
    for (const [name, red, blue] of [['猫', 190, 10], ['狗', 10, 190]] as const) {
      mkdirSync(path.join(folder, name), { recursive: true });
      for (let index = 0; index < 40; index++) writeFileSync(path.join(folder, name, `图${index}.png`), picture(red, blue, index * 7919 + red));
    }
    writeFileSync(path.join(folder, '猫', '坏.png'), 'no picture');

    const json = path.join(api.servers.folder, 'pets.json');
    const args = [folder, '--name', '宠物', '--size', '32', '--api', api.url, '--key', ann.key, '--json', json];
    const upload = spawn(process.execPath, [entryPoint('infra/src/upload.ts'), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [upload.stdout, upload.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect(await new Promise((resolve) => upload.once('close', resolve)), `${output}\n${log}`).toBe(0);
    const dataset = JSON.parse(readFileSync(json, 'utf8')) as Dataset;
    expect(dataset).toMatchObject({ name: '宠物', status: 'ready', version: 1, classes: [{ name: '狗', count: 40 }, { name: '猫', count: 40 }], splits: [{ split: 'train', images: 64 }, { split: 'test', images: 16 }] });
    expect(dataset.report).toContainEqual(expect.objectContaining({ code: 'quarantined_files', count: 1, files: ['猫/坏.png'] }));
    expect(output).toContain('quarantined_files');

    const spec = { preset: 'scratch', data: { dataset: dataset.id, imageSize: 32, batchSize: 16, trainLimit: null, testLimit: null, monitor: 'test', augmentation: null }, schedule: { epochs: 1 } };
    const { status, body: created } = await ann.call<Run>('POST', '/v1/runs', spec);
    expect([status, created]).toMatchObject([201, { dataset: { id: dataset.id, version: 1 } }]);
    const now = async (): Promise<Run> => (await ann.call<Run>('GET', `/v1/runs/${created.id}`)).body;
    await until('the run has ended', async () => ['succeeded', 'failed', 'cancelled'].includes((await now()).status), 180);
    const run = await now();
    expect(run, log).toMatchObject({ status: 'succeeded', failure: null, lastEpoch: { epoch: 1 } });

    const { body } = await ann.call<{ items: Checkpoint[] }>('GET', `/v1/runs/${run.id}/checkpoints`);
    const uri = body.items.at(-1)?.files.find(({ name }) => name === 'model.safetensors')?.uri ?? '';
    const reply = await fetch(await api.storage.presignGet(uri.replace(`s3://${api.servers.s3.bucket}/`, ''), 'download'));
    const file = path.join(api.servers.folder, 'model.safetensors');
    writeFileSync(file, Buffer.from(await reply.arrayBuffer()));
    const model = openSafetensors(file);
    expect(JSON.parse(model.metadata['thaw'] ?? '')).toMatchObject({ classes: ['狗', '猫'], transform: { imageSize: 32 } });
    expect(model.entries.get('fc.weight')?.shape).toEqual([2, 512]);
    model.close();
  });

  it('fails the import of bytes that are not those whose SHA-256 was promised', { timeout: 90_000 }, async () => {
    const { body: dataset } = await ann.call<Dataset>('POST', '/v1/datasets', { name: 'damaged' });
    const bytes = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1');
    const { body: upload } = await ann.call<Upload>('POST', `/v1/datasets/${dataset.id}/uploads`, { fileName: 'a.zip', bytes: bytes.length, sha256: '0'.repeat(64) });
    const { body: reply } = await ann.call<PartsReply>('POST', `/v1/uploads/${upload.id}/parts`, { parts: [1] });
    expect((await fetch(reply.parts[0]?.url ?? '', { method: 'PUT', body: bytes })).status).toBe(200);
    expect((await ann.call('POST', `/v1/uploads/${upload.id}/complete`, {})).status).toBe(200);
    const now = async (): Promise<Dataset> => (await ann.call<Dataset>('GET', `/v1/datasets/${dataset.id}`)).body;
    await until('the import has ended', async () => ['ready', 'failed'].includes((await now()).status), 60);
    expect(await now(), log).toMatchObject({ status: 'failed', version: null, failure: { code: 'upload_damaged' } });
  });
});
