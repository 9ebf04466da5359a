import type { DatasetVersion, ImageRow } from '@thaw/contract/datasets';
import type { IngestTarget } from '@thaw/contract/ingest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, type Api, type Person } from './apiHarness.ts';
import { claimIngest, hexOf, imagesOf, petImages, uploadedDataset, type Ingest } from './ingestByHand.ts';

let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from dataset where id <> 'cifar10'`;
  await api.sql`delete from removal`;
});

const taken = async (target?: IngestTarget): Promise<Ingest> => {
  const ingest = await claimIngest(api, target);
  if (ingest === null) throw new Error('nothing waits');
  return ingest;
};
/** A data set of Alice's whose version 1 is ready. */
const ready = async (images: ImageRow[] = petImages()): Promise<string> => {
  const target = await uploadedDataset(api, alice);
  const { status, body } = await (await taken(target)).complete(images);
  if (status !== 204) throw new Error(JSON.stringify(body));
  return target.dataset;
};
const versionOf = async (id: string) => (await alice.call<DatasetVersion>('GET', `/v1/datasets/${id}/versions/1`)).body;

describe('remedies and edits', () => {
  const create = (id: string, body: object) => alice.call<DatasetVersion>('POST', `/v1/datasets/${id}/versions`, body);

  it('make a new version out of one, for which the worker gets packs, list and edits', async () => {
    const same = (image: ImageRow, as: ImageRow, more: Partial<ImageRow> = {}): ImageRow => ({ ...image, sha256: as.sha256, ...more });
    const images = [...imagesOf('train', 'Cat', 6), ...imagesOf('train', 'cat', 4, 6), ...imagesOf('test', 'dog', 3), ...imagesOf('train', 'dog', 5, 10)];
    const at = (split: string, row: number): ImageRow => images.find((image) => image.split === split && image.row === row) as ImageRow;
    const put = (image: ImageRow): void => void images.splice(images.findIndex(({ split, row }) => split === image.split && row === image.row), 1, image);
    put(same(at('train', 1), at('train', 0)));
    // In the test part too: that one stays.
    put(same(at('train', 11), at('test', 2)));
    put(same(at('train', 12), at('train', 3)));
    put({ ...at('train', 14), issues: ['near_duplicates'], duplicateOf: { split: 'train', row: 13 } });
    const id = await ready(images);
    const made = await create(id, {
      remedies: ['drop_duplicates', 'drop_near_duplicates', 'drop_conflicting', 'merge_case_classes', 'resplit'],
      edits: { exclude: [{ split: 'train', row: 5 }, { split: 'train', row: 1 }], relabel: [{ split: 'train', row: 6, class: 'dog' }, { split: 'train', row: 5, class: 'dog' }] },
    });
    expect(made.body).toMatchObject({ version: 2, status: 'queued', origin: { kind: 'edit', from: 1, excluded: 6, relabelled: 1 } });
    const { source, options, version } = (await taken()).ticket;
    if (source.kind !== 'edit') throw new Error(source.kind);
    expect({ version, options }).toMatchObject({ version: 2, options: { testFraction: 0.2 } });
    const excluded = source.edits.exclude.map(({ split, row }) => `${split} ${row}`).sort();
    expect(excluded).toEqual(['train 1', 'train 11', 'train 12', 'train 14', 'train 3', 'train 5']);
    expect(source.edits).toMatchObject({ relabel: [{ row: 6, class: 'dog' }], mergeClasses: [{ from: 'cat', to: 'Cat' }], resplit: { testFraction: 0.2, seed: 0 } });
    for (const file of [...source.packs, source.images]) expect(hexOf(Buffer.from(await (await fetch(file.url)).arrayBuffer()))).toBe(file.sha256);
    expect(source.manifest.classes).toEqual(['Cat', 'cat', 'dog']);
    // The new version is ready beside the old one, which is as it was.
    expect((await versionOf(id)).status).toBe('ready');
  });

  it('take remedies to be for the images as edits leave them', async () => {
    const images = [...imagesOf('train', 'Cat', 4), ...imagesOf('train', 'cat', 3, 4), ...imagesOf('train', 'dog', 5, 7), ...imagesOf('test', 'dog', 3)];
    const change = (row: number, more: Partial<ImageRow>): void => void Object.assign(images.find((image) => image.split === 'train' && image.row === row) as ImageRow, more);
    const shaOf = (row: number) => ({ sha256: hexOf(Buffer.from(`same ${row}`)) });
    // The first of three copies, which would stay, is excluded by hand.
    for (const row of [7, 8, 9]) change(row, shaOf(7));
    // The same picture under Cat and cat, which become one class; and under Cat and dog, of which one is put right by hand.
    for (const row of [0, 4]) change(row, shaOf(0));
    for (const row of [1, 10]) change(row, shaOf(1));
    change(11, { issues: ['near_duplicates'], duplicateOf: { split: 'train', row: 7 } });
    const id = await ready(images);
    await create(id, {
      remedies: ['drop_duplicates', 'drop_near_duplicates', 'drop_conflicting', 'merge_case_classes'],
      edits: { exclude: [{ split: 'train', row: 7 }], relabel: [{ split: 'train', row: 10, class: 'Cat' }] },
    });
    const { source } = (await taken()).ticket;
    if (source.kind !== 'edit') throw new Error(source.kind);
    expect(source.edits.exclude.map(({ row }) => row).sort((a, b) => a - b)).toEqual([4, 7, 9, 10]);
    // A class that goes elsewhere does not get others back by the remedy.
    await create(id, { remedies: ['merge_case_classes'], edits: { mergeClasses: [{ from: 'Cat', to: 'dog' }] } });
    expect((await taken()).ticket.source).toMatchObject({ edits: { mergeClasses: [{ from: 'Cat', to: 'dog' }] } });
  });

  it('must change something that is there', async () => {
    const id = await ready();
    const wrong: [object, RegExp][] = [
      [{}, /version 1 would stay as it is/],
      [{ remedies: ['drop_duplicates'] }, /would stay as it is/],
      [{ edits: { exclude: [{ split: 'train', row: 40 }] } }, /edits.exclude.0: the version has no image 40 in train/],
      [{ edits: { relabel: [{ split: 'test', row: 1, class: '鼠' }] } }, /edits.relabel.0.class: the version has no class .*鼠/],
      [{ edits: { mergeClasses: [{ from: '狗', to: '狗' }] } }, /merged into itself/],
      [{ edits: { exclude: petImages().map(({ split, row }) => ({ split, row })) } }, /no image would be left/],
      [{ edits: { drop: [] } }, /drop/],
      [{ from: 3_000_000_000, remedies: ['resplit'] }, /from/],
    ];
    for (const [body, words] of wrong) {
      const reply = await create(id, body);
      expect(reply.status).toBe(422);
      expect(JSON.stringify(reply.body)).toMatch(words);
    }
    expect((await create(id, { from: 2, remedies: ['resplit'] })).status).toBe(404);
  });

  it('is not tried again where what it is made of has been deleted', async () => {
    const id = await ready();
    await alice.call('POST', `/v1/datasets/${id}/versions`, { remedies: ['resplit'] });
    for (let tries = 0; tries < 3; tries++) {
      await api.sql`update dataset_version set available_at = now() where dataset_id = ${id}`;
      await (await taken()).fail('storage_unavailable');
    }
    expect((await alice.call('DELETE', `/v1/datasets/${id}/versions/1`)).status).toBe(204);
    const { status, body } = await alice.call('POST', `/v1/datasets/${id}/versions/2/retry`);
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/version 1.*deleted/)]);
    expect(await claimIngest(api)).toBeNull();
  });
});
