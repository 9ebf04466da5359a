import { createHash } from 'node:crypto';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { addVersion } from '@thaw/api/datasets/addVersion';
import { ingestOptions, type DatasetManifest, type ImageRow, type QuarantinedFile } from '@thaw/contract/datasets';
import { ingestPaths, type IngestTarget, type IngestTicket } from '@thaw/contract/ingest';
import type { Problem } from '@thaw/contract/problems';
import type { ReportEntry } from '@thaw/contract/report';
import { uploadKey } from '@thaw/contract/storageKeys';
import { dataset } from '@thaw/db/schema/dataset';
import { upload } from '@thaw/db/schema/upload';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { caller, type Api, type Person } from './apiHarness.ts';

let made = 0;

/** A data set of a person with an archive of some bytes in the storage, as an upload leaves it: its version 1 waits to be imported. */
export async function uploadedDataset(api: Api, owner: Person, name = 'pets'): Promise<IngestTarget> {
  const id = `dataset_${++made}`;
  const archive = Buffer.from(`archive ${made}`);
  const key = uploadKey(id, `upload_${made}`);
  await api.storage.putText(key, archive.toString(), 'application/zip');
  await api.db.insert(dataset).values({ id, ownerId: owner.id, name });
  await api.db.insert(upload).values({
    id: `upload_${made}`,
    datasetId: id,
    fileName: 'pets.zip',
    bytes: archive.length,
    sha256: hexOf(archive),
    options: ingestOptions.parse({}),
    key,
    storageUploadId: 'none',
    partBytes: 2 ** 23,
    status: 'completed',
    version: 1,
    finishedAt: new Date(),
  });
  const { version } = await api.db.transaction((tx) => addVersion(tx, { datasetId: id, source: { kind: 'upload', upload: `upload_${made}` }, options: ingestOptions.parse({}) }));
  return { dataset: id, version };
}

export const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** An ingest worker driven by hand. */
export async function claimIngest(api: Api, ingest?: IngestTarget): Promise<Ingest | null> {
  const worker = { name: 'hand', device: { type: 'cpu', name: 'hand' } };
  const reply = await caller(api.url, api.workerToken)<IngestTicket>('POST', ingestPaths.claim, { worker, ...(ingest !== undefined && { ingest }) });
  if (reply.status === 204) return null;
  if (reply.status !== 200) throw new Error(`claim: ${reply.status} ${JSON.stringify(reply.body)}`);
  return ingestOf(api, reply.body);
}

export type Ingest = ReturnType<typeof ingestOf>;

function ingestOf(api: Api, ticket: IngestTicket) {
  const call = caller(api.url, ticket.attemptToken);
  const { attempt } = ticket;
  const post = <T = Problem>(name: Parameters<typeof ingestPaths.ofVersion>[2], body: object) =>
    call<T>('POST', ingestPaths.ofVersion(ticket.dataset, ticket.version, name), { attempt, ...body });
  const put = async (name: string, bytes: Buffer) => {
    const reply = await post<{ key: string; parts: { offset: number; bytes: number; url: string }[] }>('uploads', { name, bytes: bytes.length });
    if (reply.status !== 200) throw new Error(`uploads: ${reply.status} ${JSON.stringify(reply.body)}`);
    for (const part of reply.body.parts) {
      const sent = await fetch(part.url, { method: 'PUT', body: new Uint8Array(bytes.subarray(part.offset, part.offset + part.bytes)) });
      if (!sent.ok) throw new Error(`PUT: ${sent.status} ${await sent.text()}`);
    }
    return { key: reply.body.key, bytes: bytes.length, sha256: hexOf(bytes) };
  };
  return {
    ticket,
    post,
    put,
    heartbeat: (progress: object = {}) => post<{ action: string }>('heartbeat', { progress: { ...someProgress, ...progress } }),
    images: (seq: number, images: ImageRow[], quarantined: QuarantinedFile[] = []) => post('images', { seq, images, quarantined }),
    /** Does all that a worker does with these images, and says how the last call was answered. */
    complete: async (images: ImageRow[], more: { report?: ReportEntry[]; quarantined?: QuarantinedFile[]; classes?: string[] } = {}) => {
      const { report = [], quarantined = [] } = more;
      await post('images', { seq: 0, images, quarantined });
      const classes = more.classes ?? [...new Set(images.map((image) => image.class))].sort();
      const packs = [];
      for (const split of ['train', 'val', 'test'] as const) {
        const rows = images.filter((image) => image.split === split);
        if (rows.length === 0) continue;
        const stored = await put(`${split}.safetensors`, packOf(api.servers.folder, rows, classes));
        packs.push({ split, ...stored, images: rows.length, classCounts: classes.map((name) => rows.filter((row) => row.class === name).length) });
      }
      const listed = await put('images.ndjson', Buffer.from([...images, ...quarantined].map((line) => `${JSON.stringify(line)}\n`).join('')));
      const manifest: DatasetManifest = {
        format: 'thaw-dataset-1',
        dataset: ticket.dataset,
        version: ticket.version,
        classes,
        height: side,
        width: side,
        packs,
        source: 'pets.zip',
        report,
      };
      return post('finish', { outcome: { status: 'ready', manifest, images: listed, quarantined: quarantined.length } });
    },
    fail: (code: string, message = 'a message') => post('finish', { outcome: { status: 'failed', code, message } }),
    stop: () => post('finish', { outcome: { status: 'stopped' } }),
  };
}

const side = 32;

const someProgress = { stage: 'decoding', filesSeen: 5, images: 4, quarantined: 1, bytesRead: 10, bytesTotal: 20, imagesPerSecond: 100, secondsLeft: 1 };

/** A pack whose image `row` is filled with the value `row`. */
function packOf(folder: string, rows: readonly ImageRow[], classes: readonly string[]): Buffer {
  const file = path.join(folder, `pack-${++made}.safetensors`);
  const pixels = Buffer.concat(rows.map(({ row }) => Buffer.alloc(side * side * 3, row % 256)));
  writeSafetensors(file, [
    { name: 'labels', dtype: 'I64', shape: [rows.length], data: BigInt64Array.from(rows, (row) => BigInt(classes.indexOf(row.class))) },
    { name: 'images', dtype: 'U8', shape: [rows.length, side, side, 3], data: pixels },
  ]);
  return readFileSync(file);
}

/** So many images of a class in a part, from a row on. All differ. */
export const imagesOf = (split: ImageRow['split'], className: string, count: number, firstRow = 0): ImageRow[] =>
  Array.from({ length: count }, (_, index) => ({
    split,
    row: firstRow + index,
    class: className,
    path: `${className}/${split}-${firstRow + index}.png`,
    sha256: hexOf(Buffer.from(`${split} ${className} ${firstRow + index}`)),
    phash: null,
    width: 40,
    height: 30,
    issues: [],
    duplicateOf: null,
  }));

/** Two classes, 40 images to train on and 10 to test with. */
export const petImages = (): ImageRow[] => [...imagesOf('train', '狗', 20), ...imagesOf('train', '猫', 20, 20), ...imagesOf('test', '狗', 5), ...imagesOf('test', '猫', 5, 5)];
