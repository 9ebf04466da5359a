import { IngestError } from '../ingestError.ts';
import { Quarantined } from '@thaw/pictures/quarantined';
import type { Archive, ArchiveEntry } from '../archive/archive.ts';
import type { QuarantinedFile } from '@thaw/contract/datasets';
import type { DecoderPool, Picture, Refused } from '../decode/decoderPool.ts';
import type { Layout } from '../layout/decideLayout.ts';
import { note, type ArchiveIndex, type Noted } from '../layout/indexArchive.ts';
import type { PictureTable } from './pictureTable.ts';
import type { ProgressMeter } from './progress.ts';
import type { Spool } from './spool.ts';

export interface DecodedArchive {
  quarantined: QuarantinedFile[];
  /** Images of no class; they were not decoded. */
  unlabelled: Noted;
}

/** Pictures that are decoded and wait for one before them, so that all are kept in the archive's order. */
const mostUnstored = 256;
const maxPath = 1024;

/**
 * The second pass over an archive: every image of a class is decoded, and goes into the table and the spool in the archive's
 * order; what cannot be is quarantined.
 * @param classes numbers of classes by their names
 */
export async function decodeArchive(
  { archive, index, layout, classes }: { archive: Archive; index: ArchiveIndex; layout: Layout; classes: ReadonlyMap<string, number> },
  { pool, spool, table }: { pool: DecoderPool; spool: Spool; table: PictureTable },
  progress: ProgressMeter,
  signal: AbortSignal,
): Promise<DecodedArchive> {
  const quarantined: QuarantinedFile[] = [];
  const unlabelled: Noted = { count: 0, names: [] };
  const unstored: Promise<void>[] = [];
  let last = Promise.resolve();
  let number = -1;
  for await (const entry of archive.entries()) {
    signal.throwIfAborted();
    const image = index.imageOf[++number] ?? -1;
    if (image < 0) continue;
    const path = index.paths[image] as string;
    const place = layout.placeOf(image);
    const label = place.class === null ? undefined : classes.get(place.class);
    if (label === undefined) {
      note(unlabelled, path);
      continue;
    }
    await pool.room();
    const { result } = await readAndDecode(entry, path, pool, spool.side);
    const store = async (): Promise<void> => {
      const outcome = await result;
      if (outcome.kind === 'refused') quarantined.push({ path: path.slice(0, maxPath), code: outcome.code, message: outcome.message, facts: outcome.facts });
      else {
        table.add({ ...outcome, path, class: label, split: place.split });
        await spool.add(outcome.pixels);
      }
      progress.done(table.count + quarantined.length);
      progress.set({ filesSeen: table.count + quarantined.length + unlabelled.count, images: table.count, quarantined: quarantined.length, bytesRead: archive.bytesRead });
    };
    last = last.then(store);
    // Whoever waits for it hears of a failure.
    last.catch(() => undefined);
    unstored.push(last);
    if (unstored.length > mostUnstored) await unstored.shift();
  }
  await last;
  await spool.flush();
  if (table.count === 0) throw noImages(quarantined, unlabelled);
  return { quarantined, unlabelled };
}

/** Resolves once the entry is read: the archive may go on. */
async function readAndDecode({ read }: ArchiveEntry, path: string, pool: DecoderPool, side: number): Promise<{ result: Promise<Picture | Refused> }> {
  try {
    if (path.length > maxPath) throw new Quarantined('entry_unreadable', `Its path has more than ${maxPath} characters.`);
    const result = pool.decode(await read(), side);
    result.catch(() => undefined);
    return { result };
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    return { result: Promise.resolve({ kind: 'refused', code: error.code, message: error.message, facts: error.facts }) };
  }
}

function noImages(quarantined: readonly QuarantinedFile[], unlabelled: Noted): IngestError {
  const reasons = [...Map.groupBy(quarantined, ({ message }) => message)].sort(([, a], [, b]) => b.length - a.length).slice(0, 3);
  const said = reasons.map(([message, files]) => `${files.length} of ${quarantined.length}: ${message}`);
  if (unlabelled.count > 0) said.push(`${unlabelled.count} stand in no folder of a class.`);
  return new IngestError('no_images', `The archive has no image that can be used. ${said.join(' ')}`.trim());
}
