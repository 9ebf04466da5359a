import type { IngestSource } from '@thaw/contract/ingest';
import type { RemoteFile } from '@thaw/contract/worker';
import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { upload } from '@thaw/db/schema/upload';
import { eq } from 'drizzle-orm';
import path from 'node:path';
import type { Caller, Context } from '../context.ts';
import { isVersion } from './currentVersion.ts';

/** What a version is made of, with presigned addresses in place of storage keys. */
export async function signSource({ db, storage }: Pick<Context<Caller>, 'db' | 'storage'>, { datasetId, version, source }: DatasetVersionRow): Promise<IngestSource> {
  const sign = async ({ key, bytes, sha256 }: { key: string; bytes: number; sha256: string }): Promise<RemoteFile> => ({
    name: path.posix.basename(key),
    url: await storage.presignGet(key, 'worker'),
    bytes,
    sha256,
  });
  if (source.kind === 'upload') {
    const [found] = await db.select().from(upload).where(eq(upload.id, source.upload));
    if (found === undefined) throw new Error(`Version ${version} of ${datasetId} names an upload that is not there.`);
    const { fileName: name, bytes, sha256, key } = found;
    return { kind: 'upload', name, bytes, sha256, url: await storage.presignGet(key, 'worker') };
  }
  const [from] = source.kind === 'edit' ? await db.select().from(datasetVersion).where(isVersion(datasetId, source.from)) : [];
  if (source.kind !== 'edit' || from === undefined || from.manifest === null || from.images === null)
    throw new Error(`Version ${version} of ${datasetId} is made of nothing that could be imported.`);
  const { manifest, images } = from;
  return {
    kind: 'edit',
    manifest,
    packs: await Promise.all(manifest.packs.map(async (pack) => ({ ...(await sign(pack)), split: pack.split }))),
    images: await sign(images),
    edits: source.edits,
  };
}
