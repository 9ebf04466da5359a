import type pg from 'pg';

/** An object that a row names, with what the row says of it; null where it says nothing. */
export interface NamedObject {
  key: string;
  bytes: number | null;
  sha256: string | null;
  /** Not there any more where an import has failed for good. */
  optional: boolean;
}

/**
 * What is copied first: checkpoints of runs that go on, which are the first to give way to newer ones, and what a resumed run writes anew
 * under the same key. Everything else stays as it is for as long as a row names it.
 */
const query = `
  select key, bytes, sha256, optional from (
    select f ->> 'key' as key, (f ->> 'bytes')::bigint as bytes, f ->> 'sha256' as sha256, false as optional,
           case when r.status in ('queued', 'launching', 'running') then 0 else 2 end as turn
      from checkpoint c join run r on r.id = c.run_id, json_array_elements(c.files) f
    union all
    select f ->> 'key', (f ->> 'bytes')::bigint, f ->> 'sha256', false, 1 from run, json_array_elements(curves) f
    union all
    select evaluation ->> 'key', (evaluation ->> 'bytes')::bigint, evaluation ->> 'sha256', false, 1 from run where evaluation is not null
    union all
    select f ->> 'key', (f ->> 'bytes')::bigint, f ->> 'sha256', false, 1 from run, lateral (select evaluation -> 'predictions' as f) p where f is not null
    union all
    select f ->> 'key', (f ->> 'bytes')::bigint, f ->> 'sha256', false, 1 from task, json_array_elements(result -> 'files') f
    union all
    select manifest_key, null, null, false, 1 from dataset_version where manifest_key is not null
    union all
    select f ->> 'key', (f ->> 'bytes')::bigint, f ->> 'sha256', false, 2 from dataset_version, json_array_elements(manifest -> 'packs') f
    union all
    select images ->> 'key', (images ->> 'bytes')::bigint, images ->> 'sha256', false, 2 from dataset_version where images is not null
    union all
    select key, bytes, sha256, false, 2 from weights
    union all
    select u.key, u.bytes, u.sha256, v.status = 'failed', 2
      from upload u join dataset_version v on v.dataset_id = u.dataset_id and v.version = u.version
     where u.status = 'completed' and v.status in ('queued', 'launching', 'importing', 'failed')
  ) named where key is not null order by turn, key`;

/** All objects that the rows of the transaction's snapshot name, each once, in the order in which to copy them. */
export async function namedObjects(client: pg.Client): Promise<NamedObject[]> {
  const { rows } = await client.query<{ key: string; bytes: string | null; sha256: string | null; optional: boolean }>(query);
  const byKey = new Map<string, NamedObject>();
  for (const { key, bytes, sha256, optional } of rows) if (!byKey.has(key)) byKey.set(key, { key, bytes: bytes === null ? null : Number(bytes), sha256, optional });
  return [...byKey.values()];
}
