import type { DatasetEdits, DatasetManifest, IngestOptions } from '@thaw/contract/datasets';
import type { Remedy } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { datasetImage } from '@thaw/db/schema/datasetImage';
import { sql } from 'drizzle-orm';
import { countClasses } from './presentDataset.ts';

interface From {
  datasetId: string;
  version: number;
  manifest: DatasetManifest;
  options: IngestOptions;
}

interface Place {
  split: Split;
  row: number;
}

/** The edits that remedies come to on a version, together with those that were asked for. */
export async function resolveEdits(db: Pick<Executor, 'execute'>, from: From, remedies: readonly Remedy[], edits: DatasetEdits): Promise<DatasetEdits> {
  const excluded = new Map<string, Place>();
  const exclude = (places: Iterable<Place>): void => {
    for (const { split, row } of places) excluded.set(`${split} ${row}`, { split, row });
  };
  exclude(edits.exclude);
  if (remedies.includes('drop_conflicting')) exclude(await conflicting(db, from));
  if (remedies.includes('drop_duplicates')) exclude(await duplicates(db, from));
  if (remedies.includes('drop_near_duplicates')) exclude(await nearDuplicates(db, from));
  const named = new Set(edits.mergeClasses.map((merge) => merge.from));
  const merges = remedies.includes('merge_case_classes') ? caseMerges(from.manifest).filter((merge) => !named.has(merge.from)) : [];
  const { testFraction, seed } = from.options;
  return {
    exclude: [...excluded.values()],
    relabel: edits.relabel.filter(({ split, row }) => !excluded.has(`${split} ${row}`)),
    mergeClasses: [...edits.mergeClasses, ...merges],
    resplit: edits.resplit ?? (remedies.includes('resplit') ? { testFraction, seed } : null),
  };
}

/** Of each picture and class all but one: that of test stays before that of val before that of train, then the first. */
async function duplicates(db: Pick<Executor, 'execute'>, { datasetId, version }: From): Promise<Place[]> {
  const rows = await db.execute(sql`
    select split, row from (
      select split, row, row_number() over (
        partition by sha256, class order by case split when 'test' then 0 when 'val' then 1 else 2 end, row) as place
      from ${datasetImage} where dataset_id = ${datasetId} and version = ${version}) as placed
    where place > 1`);
  return placesOf(rows);
}

/** Every picture that stands under more than one class. */
async function conflicting(db: Pick<Executor, 'execute'>, { datasetId, version }: From): Promise<Place[]> {
  const rows = await db.execute(sql`
    select split, row from ${datasetImage} where dataset_id = ${datasetId} and version = ${version} and sha256 in (
      select sha256 from ${datasetImage} where dataset_id = ${datasetId} and version = ${version} group by sha256 having count(distinct class) > 1)`);
  return placesOf(rows);
}

/** What the import has marked as nearly the same as another image, which stays. */
async function nearDuplicates(db: Pick<Executor, 'execute'>, { datasetId, version }: From): Promise<Place[]> {
  const rows = await db.execute(sql`
    select split, row from ${datasetImage} where dataset_id = ${datasetId} and version = ${version}
      and issues <> '{}' and issues && array['near_duplicates', 'near_split_leakage'] and duplicate_of_row is not null`);
  return placesOf(rows);
}

const placesOf = (rows: Iterable<Record<string, unknown>>): Place[] => [...rows].map(({ split, row }) => ({ split: split as Split, row: Number(row) }));

/** Classes that differ by case go into the one with the most images, of equal ones the first. */
function caseMerges(manifest: DatasetManifest): DatasetEdits['mergeClasses'] {
  const groups = Map.groupBy(countClasses(manifest), ({ name }) => name.toLowerCase());
  return [...groups.values()].flatMap((group) => {
    const [to, ...others] = group.sort((a, b) => b.count - a.count);
    return to === undefined ? [] : others.map(({ name }) => ({ from: name, to: to.name }));
  });
}
