import { ingestFailureCode, ingestFailurePolicies } from '@thaw/contract/ingestFailures';
import { storageKind, type StorageKind } from '@thaw/contract/usage';
import type { Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';

/** Failures of imports after which the archive is kept for another try. */
const retried = ingestFailureCode.options.filter((code) => ingestFailurePolicies[code].retry);

export type StorageBytes = Record<StorageKind, number>;

const none = Object.fromEntries(storageKind.options.map((kind) => [kind, 0])) as StorageBytes;

/** Bytes in the storage of people's own things, by kind; each person that is asked for has an entry. Built-in data are nobody's. */
export async function storageBytes(db: Executor, ownerIds: readonly string[]): Promise<Map<string, StorageBytes>> {
  const found = new Map(ownerIds.map((id) => [id, { ...none }]));
  if (ownerIds.length === 0) return found;
  const owners = [...ownerIds];
  const rows = await db.execute<{ ownerId: string; kind: StorageKind; bytes: string }>(sql`
    select owner_id as "ownerId", kind, sum(bytes)::text as bytes from (
      select dataset.owner_id, 'datasets' as kind, version.bytes
        from dataset join dataset_version version on version.dataset_id = dataset.id where dataset.owner_id in ${owners}
      union all
      -- An archive is there while parts of it arrive, and until it is imported or can never be.
      select dataset.owner_id, 'uploads', upload.bytes
        from dataset join upload on upload.dataset_id = dataset.id
          left join dataset_version version on version.dataset_id = upload.dataset_id and version.version = upload.version
        where dataset.owner_id in ${owners} and (upload.status in ('open', 'completing') or (upload.status = 'completed'
          and (version.status in ('queued', 'launching', 'importing') or (version.status = 'failed' and version.failure ->> 'code' in ${retried}))))
      union all
      select run.owner_id, 'checkpoints', sum(checkpoint.bytes) from run join checkpoint on checkpoint.run_id = run.id where run.owner_id in ${owners} group by 1
      union all
      select stored.owner_id, of.kind, of.bytes from (
          select run.owner_id, sum(run.curve_bytes) as curves, sum(run.evaluation_bytes) as evaluations
          from run where run.owner_id in ${owners} and (run.curve_bytes > 0 or run.evaluation_bytes > 0) group by 1
        ) stored cross join lateral (values ('curves', curves), ('evaluations', evaluations)) of (kind, bytes)
      union all
      select task.owner_id, 'exports', task.bytes from task where task.owner_id in ${owners} and task.kind = 'export'
      union all
      select owner_id, 'weights', bytes from (select distinct weights.owner_id, weights.key, weights.bytes from weights where weights.owner_id in ${owners}) file
    ) parts
    group by owner_id, kind`);
  for (const { ownerId, kind, bytes } of rows) {
    const of = found.get(ownerId);
    if (of !== undefined) of[kind] = Number(bytes);
  }
  return found;
}

export const totalOf = (bytes: StorageBytes): number => storageKind.options.reduce((sum, kind) => sum + bytes[kind], 0);

/** All of one person's bytes. */
export async function storedBytes(db: Executor, ownerId: string): Promise<number> {
  return totalOf((await storageBytes(db, [ownerId])).get(ownerId) ?? none);
}
