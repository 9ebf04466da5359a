import type { DatasetEdits, DatasetManifest, IngestOptions } from '@thaw/contract/datasets';
import type { Remedy } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { datasetImage } from '@thaw/db/schema/datasetImage';
import { sql, type SQL } from 'drizzle-orm';
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

type Db = Pick<Executor, 'execute'>;
type Merges = DatasetEdits['mergeClasses'];
const keyOf = ({ split, row }: Place): string => `${split} ${row}`;

/**
 * The edits that remedies come to on a version, together with those that were asked for. Remedies look at the images as those edits
 * leave them: a copy stays where its twin was excluded, and what was relabelled or merged into one class is no conflict any more.
 */
export async function resolveEdits(db: Db, from: From, remedies: readonly Remedy[], edits: DatasetEdits): Promise<DatasetEdits> {
  const excluded = new Map<string, Place>();
  const exclude = (places: Iterable<Place>): void => {
    for (const { split, row } of places) excluded.set(keyOf({ split, row }), { split, row });
  };
  exclude(edits.exclude);
  const mergeClasses = [...edits.mergeClasses, ...(remedies.includes('merge_case_classes') ? caseMerges(from.manifest, edits.mergeClasses) : [])];
  const image = editedImages(from, { ...edits, mergeClasses });
  // Sorting a million rows takes a while where others are at work too.
  await db.execute(sql`set local statement_timeout = '60s'`);
  // Of a version that is new the planner believes that it has few images, and would look through the lists below for each of them.
  await db.execute(sql`set local enable_nestloop = off`);
  if (remedies.includes('drop_conflicting')) exclude(await conflicting(db, image));
  // Of those that are nearly the same as one that goes for good, none is a duplicate of anything.
  const near = remedies.includes('drop_near_duplicates') ? (await nearDuplicates(db, from)).filter(({ stays }) => !excluded.has(keyOf(stays))) : [];
  if (remedies.includes('drop_duplicates')) exclude(await duplicates(db, image));
  exclude(near);
  const { testFraction, seed } = from.options;
  return {
    exclude: [...excluded.values()],
    relabel: edits.relabel.filter((place) => !excluded.has(keyOf(place))),
    mergeClasses,
    resplit: edits.resplit ?? (remedies.includes('resplit') ? { testFraction, seed } : null),
  };
}

/** A subquery of the images of a version after edits: those that are not excluded, with the class that they then have. */
function editedImages({ datasetId, version, manifest }: From, { exclude, relabel, mergeClasses }: DatasetEdits): SQL {
  const merged = (name: string): string => mergeClasses.reduce((now, { from, to }) => (now === from ? to : now), name);
  const classes = manifest.classes.map((name) => ({ name, becomes: merged(name) })).filter(({ name, becomes }) => name !== becomes);
  // As in the import: of several the last counts.
  const given = [...new Map(relabel.map((place) => [keyOf(place), { split: place.split, row: place.row, class: merged(place.class) }])).values()];
  const rows = (list: readonly object[]) => sql`${JSON.stringify(list)}::json`;
  return sql`(
    select image.split, image.row, image.sha256, coalesce(given.class, renamed.becomes, image.class) as class
    from ${datasetImage} as image
    left join json_to_recordset(${rows(given)}) as given(split text, row int, class text) on given.split = image.split and given.row = image.row
    left join json_to_recordset(${rows(classes)}) as renamed(name text, becomes text) on renamed.name = image.class
    left join json_to_recordset(${rows(exclude)}) as gone(split text, row int) on gone.split = image.split and gone.row = image.row
    where image.dataset_id = ${datasetId} and image.version = ${version} and gone.row is null)`;
}

/** Of each picture and class all but one: that of test stays before that of val before that of train, then the first. */
async function duplicates(db: Db, image: SQL): Promise<Place[]> {
  const rows = await db.execute(sql`
    select split, row from (
      select split, row, row_number() over (
        partition by sha256, class order by case split when 'test' then 0 when 'val' then 1 else 2 end, row) as place
      from ${image} as image) as placed
    where place > 1`);
  return placesOf(rows);
}

/** Every picture that stands under more than one class. */
async function conflicting(db: Db, image: SQL): Promise<Place[]> {
  const rows = await db.execute(sql`
    select split, row from (
      select split, row, min(class) over (partition by sha256) <> max(class) over (partition by sha256) as torn from ${image} as image) as judged
    where torn`);
  return placesOf(rows);
}

/** What the import has marked as nearly the same as another image, which stays. */
async function nearDuplicates(db: Db, { datasetId, version }: From): Promise<(Place & { stays: Place })[]> {
  const rows = await db.execute(sql`
    select split, row, duplicate_of_split, duplicate_of_row from ${datasetImage} where dataset_id = ${datasetId} and version = ${version}
      and issues <> '{}' and issues && array['near_duplicates', 'near_split_leakage'] and duplicate_of_row is not null`);
  return [...rows].map((row) => ({ ...placeOf(row), stays: { split: row['duplicate_of_split'] as Split, row: Number(row['duplicate_of_row']) } }));
}

const placeOf = ({ split, row }: Record<string, unknown>): Place => ({ split: split as Split, row: Number(row) });
const placesOf = (rows: Iterable<Record<string, unknown>>): Place[] => [...rows].map(placeOf);

/** Classes that differ by case go into the one with the most images, of equal ones the first. Those that are merged away already are none. */
function caseMerges(manifest: DatasetManifest, merges: Merges): Merges {
  const merged = new Set(merges.map(({ from }) => from));
  const groups = Map.groupBy(countClasses(manifest).filter(({ name }) => !merged.has(name)), ({ name }) => name.toLowerCase());
  return [...groups.values()].flatMap((group) => {
    const [to, ...others] = group.sort((a, b) => b.count - a.count);
    return to === undefined ? [] : others.map(({ name }) => ({ from: name, to: to.name }));
  });
}
