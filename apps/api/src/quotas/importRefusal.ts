import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { eq, sql } from 'drizzle-orm';
import type { Context, IngestCaller } from '../context.ts';
import { storedBytes } from '../usage/storageBytes.ts';
import { formatBytes } from './formatAmount.ts';
import { readQuota } from './readQuota.ts';
import { lockOwner } from './requireRoom.ts';

/**
 * Whether a file of an import fits into what its owner may store, beside what is on its way for this owner's imports; its own archive does
 * not count, as it goes once the version is there. The owner is locked until the transaction ends.
 * @returns why not, in a sentence for the owner; null: it fits
 */
export async function importRefusal(tx: Executor, { settings, caller }: Pick<Context<IngestCaller>, 'settings' | 'caller'>, file: { name: string; bytes: number }): Promise<string | null> {
  const { datasetId, version, attempt } = caller;
  const [own] = await tx.select({ ownerId: dataset.ownerId }).from(dataset).where(eq(dataset.id, datasetId));
  const ownerId = own?.ownerId ?? null;
  if (ownerId === null) return null;
  await lockOwner(tx, { caller: { userId: ownerId } });
  const { storageBytes: limit } = await readQuota(tx, ownerId, settings.quota);
  if (limit === null) return null;
  const [bytes] = await tx.execute<{ arriving: string; archive: string }>(sql`
    select
      (select coalesce(sum((place ->> 'bytes')::bigint), 0) from ingest_attempt attempt
        join dataset on dataset.id = attempt.dataset_id cross join lateral json_array_elements(attempt.places) place
        where attempt.finished_at is null and dataset.owner_id = ${ownerId}
          and not (attempt.dataset_id = ${datasetId} and attempt.version = ${version} and attempt.number = ${attempt} and place ->> 'name' = ${file.name})) as arriving,
      (select coalesce(sum(bytes), 0) from upload where dataset_id = ${datasetId} and upload.version = ${version}) as archive`);
  const used = (await storedBytes(tx, ownerId)) + Number(bytes?.arriving ?? 0) - Number(bytes?.archive ?? 0);
  if (used + file.bytes <= limit) return null;
  const left = Math.max(0, limit - used);
  return `You may store ${formatBytes(limit)}, of which ${left === 0 ? 'nothing' : formatBytes(left)} is left, and ${file.name} of this version has ${formatBytes(file.bytes)}. Delete runs or data sets that you no longer need, or ask an administrator for more, and upload it once more.`;
}
