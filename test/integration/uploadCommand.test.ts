import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '@thaw/contract/datasets';
import type { ReportEntry } from '@thaw/contract/report';
import type { Upload } from '@thaw/contract/uploads';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { folderSource } from '@thaw/infra/upload/folderSource';
import { hashSource } from '@thaw/infra/upload/hashSource';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, until, type Api, type Person } from './apiHarness.ts';
import { claimIngest, petImages } from './ingestByHand.ts';
import { missingStorage, type StorageKind } from './servers.ts';
import { startStorageProxy, type StorageProxy } from './storageProxy.ts';

const root = path.resolve(import.meta.dirname, '../..');
const entryPoint = path.join(root, 'infra/src/upload.ts');

interface Command {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

for (const kind of ['minio', 'seaweedfs'] satisfies StorageKind[]) {
  describe.skipIf(missingStorage(kind) !== null)(`npm run upload on ${kind}`, () => {
    let api: Api;
    let proxy: StorageProxy;
    let ann: Person;
    let folder: string;
    const running = new Set<ChildProcess>();
    /** Parts that the storage lets through; the next ones meet its 503. */
    let allowed = Infinity;

    beforeAll(async () => {
      api = await startApi({
        s3: kind,
        env: async ({ s3 }) => {
          proxy = await startStorageProxy(s3.endpoint);
          return { S3_PUBLIC_ENDPOINT: proxy.url };
        },
      });
      proxy.fault = ({ method, path: at }) => (method === 'PUT' && at.includes('partNumber=') && --allowed < 0 ? 503 : null);
      ann = await api.person('ann', ['datasets']);
      folder = path.join(api.servers.folder, '宠物');
      for (const name of ['猫', '狗']) {
        mkdirSync(path.join(folder, name), { recursive: true });
        for (let index = 0; index < 10; index++) writeFileSync(path.join(folder, name, `${index}.png`), randomBytes(1_700_000));
      }
    });
    afterAll(async () => {
      await proxy.close();
      await api.stop();
    });
    afterEach(() => {
      for (const child of running) child.kill('SIGKILL');
      allowed = Infinity;
    });

    function upload(args: string[], access = ['--api', api.url, '--key', ann.key]): Command {
      const child = spawn(process.execPath, [entryPoint, ...args, ...access], { cwd: root, env: { ...process.env, INIT_CWD: api.servers.folder }, stdio: ['ignore', 'pipe', 'pipe'] });
      running.add(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      void ended.then(() => running.delete(child));
      return { child, output: () => output, ended };
    }
    const uploads = async (): Promise<Upload[]> => (await ann.call<{ items: Upload[] }>('GET', '/v1/uploads')).body.items;

    it('goes on after each kill with the parts that are missing, packs a folder to the same bytes again, and reports the data set', async () => {
      const args = ['宠物', '--name', 'pets', '--size', '64', '--json', 'pets.json'];
      const parts = 5;
      for (const [index, before] of [1, 3].entries()) {
        allowed = index === 0 ? 1 : 2;
        const command = upload(args);
        await until(`${before} parts are there`, async () => (await uploads())[0]?.received.length === before, 20);
        command.child.kill('SIGKILL');
        await command.ended;
        if (index > 0) expect(command.output()).toContain(`1 of ${parts} parts are there`);
      }
      // An address that is refused as an old one is: the part goes by a new one.
      const [puts, inner] = [[] as string[], proxy.fault];
      proxy.fault = ({ method, path: at }) => (method === 'PUT' && puts.push(at) === 1 ? 403 : null);
      const last = upload(args);
      await until('the upload is complete', async () => (await uploads())[0]?.status === 'completed', 20);
      proxy.fault = inner;
      expect(puts).toHaveLength(parts - 3 + 1);
      const [{ dataset: id = '', sha256 = '', status } = {}] = await uploads();
      expect([(await uploads()).length, status]).toEqual([1, 'completed']);
      expect(sha256).toBe(await hashSource(await folderSource(folder), new AbortController().signal, () => undefined));

      const ingest = await claimIngest(api);
      expect(ingest?.ticket).toMatchObject({ dataset: id, name: 'pets', source: { kind: 'upload', name: '宠物.tar', sha256 }, options: { imageSize: 64 } });
      const source = ingest?.ticket.source;
      const archive = Buffer.from(await (await fetch(source?.kind === 'upload' ? source.url : '')).arrayBuffer());
      expect(createHash('sha256').update(archive).digest('hex')).toBe(sha256);
      const entry: ReportEntry = { code: 'exact_duplicates', severity: 'warning', count: 2, files: ['猫/1.png', '猫/2.png'], remedy: 'drop_duplicates', message: 'The same picture stands more than once in a class.' };
      expect((await ingest?.complete(petImages(), { report: [entry] }))?.status).toBe(204);
      expect(await last.ended, last.output()).toBe(0);
      const json = JSON.parse(readFileSync(path.join(api.servers.folder, 'pets.json'), 'utf8')) as Dataset;
      expect(json).toMatchObject({ id, name: 'pets', status: 'ready', classes: [{ name: '狗', count: 25 }, { name: '猫', count: 25 }], report: [entry] });
      for (const line of ['3 of 5 parts are there', '2 classes, 40 train + 10 test images', '  猫         25', 'warning       2  exact_duplicates: The same picture', 'remedy: drop_duplicates', '"remedies":["drop_duplicates"]'])
        expect(last.output()).toContain(line);
      expect(last.output()).not.toMatch(/X-Amz-|thaw_[0-9a-f]{16}_/);

      // What is there already is not sent again.
      const again = upload(args);
      expect(await again.ended).toBe(0);
      expect(again.output()).toContain('were uploaded before');
      expect(await uploads()).toHaveLength(1);
    }, 90_000);

    // What follows does not depend on the storage.
    if (kind !== anyStorage) return;

    it('says why an import failed, and writes what there is', async () => {
      writeFileSync(path.join(api.servers.folder, 'broken.zip'), `PK\x03\x04${'x'.repeat(100)}`);
      const command = upload(['broken.zip', '--json', 'broken.json']);
      await until('an import waits', async () => (await uploads()).some(({ fileName, status }) => fileName === 'broken.zip' && status === 'completed'));
      await (await claimIngest(api))?.fail('invalid_archive', 'broken.zip is no whole zip.');
      expect(await command.ended).toBe(1);
      expect(command.output()).toMatch(/The import of broken .* failed\. broken\.zip is no whole zip\./);
      expect(JSON.parse(readFileSync(path.join(api.servers.folder, 'broken.json'), 'utf8'))).toMatchObject({ name: 'broken', status: 'failed', classes: [], report: [] });
    }, 30_000);

    it('goes on by itself once the storage is back', async () => {
      writeFileSync(path.join(api.servers.folder, 'patient.zip'), Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(9 * 2 ** 20)]));
      let away = true;
      const inner = proxy.fault;
      proxy.fault = ({ method }) => (method === 'PUT' && away ? 503 : null);
      const command = upload(['patient.zip']);
      await until('it has met the storage', () => Promise.resolve(command.output().includes('the storage answers 503; trying again')), 30);
      away = false;
      await until('it is complete', async () => (await uploads()).some(({ fileName, status }) => fileName === 'patient.zip' && status === 'completed'), 20);
      proxy.fault = inner;
      command.child.kill('SIGKILL');
      await (await claimIngest(api))?.fail('invalid_archive');
    }, 40_000);

    it('keeps an interrupted upload, or gives it up where that is asked for', async () => {
      const file = path.join(api.servers.folder, 'cut.zip');
      writeFileSync(file, Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(9 * 2 ** 20)]));
      const interrupt = async (...flags: string[]): Promise<Command> => {
        allowed = 1;
        const command = upload([file, ...flags]);
        await until('a part is there', async () => (await uploads()).some(({ fileName, received }) => fileName === 'cut.zip' && received.length === 1));
        command.child.kill('SIGINT');
        expect(await command.ended, command.output()).toBe(130);
        return command;
      };
      const kept = await interrupt();
      expect(kept.output()).toMatch(/the same command goes on from there/);
      const [open] = await uploads();
      expect(open).toMatchObject({ status: 'open', fileName: 'cut.zip', received: [expect.any(Number)] });
      allowed = 0;
      const dropped = upload([file, '--cancel-on-interrupt']);
      await until('it goes on', () => Promise.resolve(dropped.output().includes('1 of 2 parts are there')));
      dropped.child.kill('SIGINT');
      expect(await dropped.ended).toBe(130);
      expect(dropped.output()).toContain('The upload is given up.');
      // Nothing else was in the data set: it goes too.
      expect((await ann.call('GET', `/v1/datasets/${open?.dataset ?? ''}`)).status).toBe(404);

      allowed = Infinity;
      const cancelled = upload([file, '--cancel-on-interrupt']);
      const whole = async (): Promise<Upload | undefined> => (await uploads()).find(({ fileName, status }) => fileName === 'cut.zip' && status === 'completed');
      await until('the import waits', async () => (await whole()) !== undefined && cancelled.output().includes('is imported as version 1'));
      cancelled.child.kill('SIGINT');
      expect(await cancelled.ended).toBe(130);
      expect((await ann.call<Dataset>('GET', `/v1/datasets/${(await whole())?.dataset ?? ''}`)).body.status, cancelled.output()).toBe('cancelled');
    }, 60_000);

    it('tells wrong input from a failure', async () => {
      const nowhere = `http://127.0.0.1:${(await freePorts(1))[0]}`;
      writeFileSync(path.join(api.servers.folder, 'ok.zip'), 'PK\x05\x06');
      const reader = await api.person('reader', ['runs']);
      const cases: [RegExp, string[], string[]?][] = [
        [/Name the archive or folder/, []],
        [/There is no .*missing\.zip/, ['missing.zip']],
        [/--size takes a whole number/, ['ok.zip', '--size', '300']],
        [/does not know this key/, ['ok.zip'], ['--api', api.url, '--key', 'thaw_wrong']],
        [/needs the scope "datasets"/, ['ok.zip'], ['--api', api.url, '--key', reader.key]],
        [/No API answers at http:\/\/127\.0\.0\.1:\d+ \(fetch failed: connect ECONNREFUSED/, ['ok.zip'], ['--api', nowhere, '--key', 'k']],
        [/Name the API key of/, ['ok.zip'], ['--api', nowhere]],
        [/No Thaw is running on .*empty-state/, ['ok.zip', '--state', 'empty-state'], []],
      ];
      const commands = cases.map(([words, args, access]) => ({ words, command: upload(args, access) }));
      for (const { words, command } of commands) expect([await command.ended, command.output()]).toEqual([2, expect.stringMatching(words)]);
    }, 60_000);
  });
}
