import type { ImageRow } from '@thaw/contract/datasets';
import type { imagesRequest } from '@thaw/contract/ingest';
import type { Executor } from '@thaw/db/client';
import { datasetImage, quarantinedFile } from '@thaw/db/schema/datasetImage';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context, IngestCaller } from '../context.ts';
import { checkIngestAttempt, isCurrent, lockCurrentVersion } from './currentVersion.ts';

/** Takes down rows for browsing. The same batch sent again changes nothing. */
export async function recordImages({ db, caller, settings }: Context<IngestCaller>, { attempt, seq, images, quarantined }: z.infer<typeof imagesRequest>): Promise<void> {
  checkIngestAttempt(caller, attempt);
  const { datasetId, version } = caller;
  await db.transaction(async (tx) => {
    await lockCurrentVersion(tx, caller);
    await insertImages(tx, { datasetId, version, images });
    if (quarantined.length > 0)
      await tx
        .insert(quarantinedFile)
        .values(quarantined.map((file, position) => ({ datasetId, version, seq, position, ...file })))
        .onConflictDoNothing();
    await tx.update(datasetVersion).set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds) }).where(isCurrent(caller));
  });
}

/** Rows of one version, as one parameter: thousands of them cost the database little and the statement nothing. Those that are there stay. */
export async function insertImages(
  db: Pick<Executor, 'execute'>,
  { datasetId, version, images }: { datasetId: string; version: number; images: readonly ImageRow[] },
): Promise<void> {
  if (images.length === 0) return;
  const rows = images.map(({ duplicateOf, ...row }) => ({ ...row, duplicate_of_split: duplicateOf?.split ?? null, duplicate_of_row: duplicateOf?.row ?? null }));
  await db.execute(sql`
    insert into ${datasetImage} (dataset_id, version, split, row, class, path, sha256, phash, width, height, issues, duplicate_of_split, duplicate_of_row)
    select ${datasetId}, ${version}::int, given.*
    from json_to_recordset(${JSON.stringify(rows)}::json) as given(
      split text, row int, class text, path text, sha256 text, phash text, width int, height int,
      issues text[], duplicate_of_split text, duplicate_of_row int)
    on conflict do nothing`);
}
