import type { IngestFileName, ingestFinishRequest } from '@thaw/contract/ingest';
import { datasetManifestKey, ingestFileKey } from '@thaw/contract/storageKeys';
import { datasetImage } from '@thaw/db/schema/datasetImage';
import { ingestAttempt, type GivenPlace } from '@thaw/db/schema/ingestAttempt';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context, IngestCaller } from '../context.ts';
import { conflict, invalid } from '../errors.ts';
import { checkManifest } from './checkManifest.ts';
import { checkIngestAttempt, lockCurrentVersion, requireCurrentVersion } from './currentVersion.ts';
import { dropArchive, endIngest } from './endIngest.ts';
import { isIngestAttempt } from './isIngestAttempt.ts';
import { moveVersion } from './moveVersion.ts';

type Finish = z.infer<typeof ingestFinishRequest>;
type ReadyOutcome = Extract<Finish['outcome'], { status: 'ready' }>;
interface StoredFile {
  key: string;
  bytes: number;
  sha256: string;
}

/** The worker is done with its attempt. A call that is repeated because its answer was lost changes nothing. */
export async function finishIngest(ctx: Context<IngestCaller>, { attempt, outcome }: Finish): Promise<void> {
  const { db, caller, log } = ctx;
  checkIngestAttempt(caller, attempt);
  const [own] = await db.select({ outcome: ingestAttempt.outcome, places: ingestAttempt.places }).from(ingestAttempt).where(isIngestAttempt(caller));
  if (own?.outcome === outcome.status) return;
  const about = { dataset: caller.datasetId, version: caller.version, attempt };
  if (outcome.status === 'ready') {
    await requireCurrentVersion(db, caller, attempt);
    await makeReady(ctx, outcome, own?.places ?? []);
    log.info(about, 'data set version is ready');
    return;
  }
  const failure = outcome.status === 'failed' ? { code: outcome.code, message: outcome.message } : null;
  const next = await db.transaction(async (tx) => endIngest(tx, await lockCurrentVersion(tx, caller), { outcome: outcome.status, failure }));
  log.info({ ...about, outcome: outcome.status, code: failure?.code, next }, 'import ended');
}

async function makeReady(ctx: Context<IngestCaller>, { manifest, images, quarantined }: ReadyOutcome, places: readonly GivenPlace[]): Promise<void> {
  const { db, storage, caller } = ctx;
  const { datasetId, version, attempt } = caller;
  const faults = checkManifest(manifest, caller);
  if (images.key !== ingestFileKey(datasetId, version, attempt, 'images.ndjson')) faults.push({ path: 'outcome.images.key', message: 'not the key that was given out for images.ndjson' });
  if (faults.length > 0) throw invalid(faults);
  const rows = await db.$count(datasetImage, and(eq(datasetImage.datasetId, datasetId), eq(datasetImage.version, version)));
  const counted = manifest.packs.reduce((sum, pack) => sum + pack.images, 0);
  if (rows !== counted) throw conflict(`The manifest counts ${counted} images and ${rows} rows of images came. Send the missing batches first.`);
  for (const pack of manifest.packs) await proveStored(ctx, `${pack.split}.safetensors`, pack, places);
  await proveStored(ctx, 'images.ndjson', images, places);

  const manifestKey = datasetManifestKey(datasetId, version);
  await db.transaction(async (tx) => {
    const row = await lockCurrentVersion(tx, caller);
    // Under the lock: an attempt that has lost the version cannot put its manifest over that of the next.
    await storage.putText(manifestKey, JSON.stringify(manifest), 'application/json');
    await tx.update(ingestAttempt).set({ outcome: 'ready', finishedAt: sql`now()` }).where(isIngestAttempt(caller));
    await moveVersion(tx, row, { status: 'ready', manifest, manifestKey, images, quarantined });
    await dropArchive(tx, row);
  });
}

/** Believes that a file is there only once the storage has given back bytes with its hash. Parts are put together first. */
async function proveStored({ storage }: Context<IngestCaller>, name: IngestFileName, { key, bytes, sha256 }: StoredFile, places: readonly GivenPlace[]): Promise<void> {
  const uploadId = places.find((place) => place.name === name)?.storageUploadId ?? null;
  if (uploadId !== null) {
    const parts = await storage.listParts(key, uploadId);
    // None such: an earlier call has put it together.
    if (parts !== null && parts.length > 0) await storage.completeMultipart(key, uploadId, parts);
  }
  const stored = await storage.size(key);
  if (stored !== bytes) throw conflict(`${name} is ${stored === null ? 'not in the storage' : `in the storage with ${stored} bytes`}, not with ${bytes} bytes. Upload it again.`);
  if ((await storage.hash(key)) !== sha256) throw conflict(`${name} is in the storage with other bytes than those that were hashed. Upload it again.`);
}
