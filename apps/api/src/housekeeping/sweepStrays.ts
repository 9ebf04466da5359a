import { ownerOfKey, sweptPrefixes } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { chore } from '@thaw/db/schema/chore';
import { dataset } from '@thaw/db/schema/dataset';
import { run } from '@thaw/db/schema/run';
import { eq, inArray, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { mayRemove } from './mayRemove.ts';
import { PartlyDone } from './partlyDone.ts';
import { deletedHere, strayHours, straysOfDataset, straysOfRun } from './strays.ts';

type SweepContext = Pick<Context<SystemCaller>, 'db' | 'storage' | 'log'>;

export interface SweepStraysOptions {
  /** Under which it notes where it is. */
  name?: string;
  pages?: number;
  pageSize?: number;
}

interface Folder {
  kind: 'run' | 'dataset';
  id: string;
  keys: string[];
}

/** Under the lock of a run or data set: some seconds of it. */
const removedAtOnce = 50;

/**
 * Removes objects that no row names and that have lain there for a day: what an attempt had written when it died, and what a deletion left.
 * Of what this database has never known nothing is touched. It looks at so many objects, and the next turn goes on from there.
 * @returns how many are gone. @throws PartlyDone where some are not
 */
export async function sweepStrays(ctx: SweepContext, { name = 'sweep-strays', pages = 20, pageSize = 1000 }: SweepStraysOptions = {}): Promise<number> {
  const { db, storage, log } = ctx;
  const [first] = await db.select({ position: chore.position }).from(chore).where(eq(chore.name, name));
  let position = first?.position ?? null;
  let swept = 0;
  let unknown = 0;
  const failures: unknown[] = [];
  for (let page = 0; page < pages; page++) {
    const prefix = sweptPrefixes.find((one) => position?.startsWith(one) === true) ?? sweptPrefixes[0];
    const { objects, next } = await storage.listObjects(prefix, position, pageSize);
    const before = await momentHoursAgo(ctx, strayHours);
    const folders = foldersOf(objects.flatMap(({ key, at }) => (at < before ? [key] : [])));
    const { here, gone } = await tellApart(ctx, folders);
    for (const folder of folders)
      try {
        const removed = here.has(folder.id) ? await removeStrays(ctx, folder) : gone.has(folder.id) ? await removeAll(ctx, db, folder.keys) : 0;
        if (removed > 0) log.info({ [folder.kind]: folder.id, objects: removed }, 'objects that nothing names removed');
        swept += removed;
        if (!here.has(folder.id) && !gone.has(folder.id)) unknown += folder.keys.length;
      } catch (error) {
        log.warn({ err: error, [folder.kind]: folder.id }, 'objects that nothing names are still in the storage; trying again later');
        failures.push(error);
      }
    position = next ?? sweptPrefixes[sweptPrefixes.indexOf(prefix) + 1] ?? null;
    await db.insert(chore).values({ name, position }).onConflictDoUpdate({ target: chore.name, set: { position } });
    if (position === null) break;
  }
  if (unknown > 0) log.info({ objects: unknown }, 'objects of runs and data sets that this database has never known are left in the storage');
  if (failures.length > 0) throw new PartlyDone({ swept, failed: failures.length, cause: failures[0] });
  return swept;
}

/** The moment by the database's clock. */
export async function momentHoursAgo({ db }: Pick<SweepContext, 'db'>, hours: number): Promise<Date> {
  const [row] = await db.execute<{ at: string }>(sql`select extract(epoch from now() - make_interval(hours => ${hours}))::text as at`);
  if (row === undefined) throw new Error('The database does not say what time it is.');
  return new Date(Number(row.at) * 1000);
}

function foldersOf(keys: readonly string[]): Folder[] {
  const folders = new Map<string, Folder>();
  for (const key of keys) {
    const owner = ownerOfKey(key);
    if (owner === null) continue;
    const folder = folders.get(owner.id) ?? { ...owner, keys: [] };
    folders.set(owner.id, folder);
    folder.keys.push(key);
  }
  return [...folders.values()];
}

/** Which of them there are, and which were deleted here. */
async function tellApart({ db }: SweepContext, folders: readonly Folder[]): Promise<{ here: Set<string>; gone: Set<string> }> {
  const idsOf = (kind: Folder['kind']) => folders.flatMap((folder) => (folder.kind === kind ? [folder.id] : []));
  const [runs, datasets] = await Promise.all([
    db.select({ id: run.id }).from(run).where(inArray(run.id, idsOf('run'))),
    db.select({ id: dataset.id }).from(dataset).where(inArray(dataset.id, idsOf('dataset'))),
  ]);
  const here = new Set([...runs, ...datasets].map(({ id }) => id));
  return { here, gone: await deletedHere(db, folders.flatMap(({ id }) => (here.has(id) ? [] : [id]))) };
}

async function removeStrays(ctx: SweepContext, { kind, id, keys }: Folder): Promise<number> {
  const straysOf = kind === 'run' ? straysOfRun : straysOfDataset;
  const found = await straysOf(ctx.db, id, keys, { lock: false });
  let removed = 0;
  for (let at = 0; at < found.length; at += removedAtOnce)
    removed += await ctx.db.transaction(async (tx) => removeAll(ctx, tx, await straysOf(tx, id, found.slice(at, at + removedAtOnce), { lock: true })));
  return removed;
}

async function removeAll({ storage }: SweepContext, db: Executor, keys: readonly string[]): Promise<number> {
  if (!(await mayRemove(db))) return 0;
  await storage.remove(keys);
  return keys.length;
}
