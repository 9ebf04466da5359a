import { ingestOptions, type DatasetManifest, type Pack } from '@thaw/contract/datasets';
import { datasetManifestKey, datasetPackKey } from '@thaw/contract/storageKeys';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import type { Database } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetImage } from '@thaw/db/schema/datasetImage';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { cifar10Classes } from '@thaw/formats/cifar10';
import { writeCifar10Packs } from '@thaw/formats/writeCifar10Packs';
import { and, eq, sql } from 'drizzle-orm';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context, SystemCaller } from '../context.ts';
import { insertImages } from '../ingests/recordImages.ts';
import type { Storage } from '../storage/storage.ts';
import { cifar10Rows } from './cifar10Rows.ts';

const id = 'cifar10';
const version = 1;

/**
 * Makes the built-in data set `cifar10`, version 1, out of a folder of CIFAR-10 binary files: packs into the storage, then the
 * rows, also those of its images. Done before: nothing happens, unless the storage has lost its files, which are then put back. Safe when two do it at once.
 * @throws where the folder is not the CIFAR-10 that the rows describe already
 */
export async function importCifar10({ db, storage }: Pick<Context<SystemCaller>, 'db' | 'storage'>, { folder }: { folder: string }): Promise<DatasetManifest> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = 0`);
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`);
    await tx.execute(sql`select pg_advisory_xact_lock(${advisoryLocks.importBuiltIns})`);
    const known = await findManifest(tx);
    const listed = (await tx.select({ row: datasetImage.row }).from(datasetImage).where(eq(datasetImage.datasetId, id)).limit(1)).length > 0;
    if (known !== null && listed && (await isStored(storage, known))) return known;
    const manifest = await store(storage, folder, known);
    await tx.insert(dataset).values({ id, name: 'CIFAR-10', ownerId: null, lastVersion: version }).onConflictDoNothing();
    await tx
      .insert(datasetVersion)
      .values({
        datasetId: id,
        version,
        status: 'ready',
        source: { kind: 'builtin' },
        options: ingestOptions.parse({ imageSize: manifest.height }),
        manifest,
        manifestKey: datasetManifestKey(id, version),
        finishedAt: sql`now()`,
      })
      .onConflictDoNothing();
    if (!listed) for (const images of cifar10Rows(folder)) await insertImages(tx, { datasetId: id, version, images });
    return manifest;
  });
}

async function findManifest(db: Pick<Database, 'select'>): Promise<DatasetManifest | null> {
  const [row] = await db
    .select({ manifest: datasetVersion.manifest })
    .from(datasetVersion)
    .where(and(eq(datasetVersion.datasetId, id), eq(datasetVersion.version, version)));
  return row?.manifest ?? null;
}

async function isStored(storage: Storage, { packs }: DatasetManifest): Promise<boolean> {
  const sizes = await Promise.all(packs.map(({ key }) => storage.size(key)));
  return packs.every(({ bytes }, index) => sizes[index] === bytes);
}

async function store(storage: Storage, folder: string, known: DatasetManifest | null): Promise<DatasetManifest> {
  const work = await mkdtemp(path.join(tmpdir(), 'thaw-cifar10-'));
  try {
    const written = writeCifar10Packs(folder, work);
    const packs: Pack[] = written.map(({ file: _, ...pack }) => ({ ...pack, key: datasetPackKey(id, version, pack.split) }));
    const manifest: DatasetManifest = {
      format: 'thaw-dataset-1',
      dataset: id,
      version,
      classes: [...cifar10Classes],
      height: 32,
      width: 32,
      packs,
      source: 'CIFAR-10, binary version',
      report: [],
    };
    const expected = known?.packs.map(({ sha256 }) => sha256).join();
    if (expected !== undefined && expected !== packs.map(({ sha256 }) => sha256).join())
      throw new Error(`The images in ${folder} are not those that the data set cifar10 was made of. Provide the same files, or start with an empty database.`);
    for (const { file, split } of written) await storage.putFile(datasetPackKey(id, version, split), file);
    await storage.putText(datasetManifestKey(id, version), JSON.stringify(manifest), 'application/json');
    return manifest;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
