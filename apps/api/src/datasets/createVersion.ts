import type { createVersionRequest, DatasetEdits, DatasetManifest, DatasetVersion } from '@thaw/contract/datasets';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { conflict, invalid, type Fault } from '../errors.ts';
import { lockOwner, requireRoomForBytes } from '../quotas/requireRoom.ts';
import { addVersion } from './addVersion.ts';
import { lockOwnDataset } from './findDataset.ts';
import { findReadyVersion } from './findVersion.ts';
import { presentVersion } from './presentVersion.ts';
import { resolveEdits } from './resolveEdits.ts';

type CreateVersionInput = { id: string } & z.infer<typeof createVersionRequest>;

/** Queues the making of a new version out of one that is ready, by remedies of what its report found and by edits. That one stays as it is. */
export async function createVersion(ctx: Context, { id, from, remedies, edits }: CreateVersionInput): Promise<DatasetVersion> {
  return ctx.db.transaction(async (tx) => {
    await lockOwner(tx, ctx);
    await lockOwnDataset(tx, ctx.caller, id);
    await requireRoomForBytes(tx, ctx, { more: 1, what: 'a new version takes room of its own' });
    const base = await findReadyVersion(tx, ctx.caller, { id, version: from });
    if (base.images === null) throw conflict(`Version ${base.version} was made without a list of its images and cannot be changed. Upload the data set anew.`);
    const faults = faultsIn(edits, base.manifest);
    if (faults.length > 0) throw invalid(faults);
    const resolved = await resolveEdits(tx, base, remedies, edits);
    const total = base.manifest.packs.reduce((sum, { images }) => sum + images, 0);
    if (resolved.exclude.length >= total) throw invalid([{ path: 'edits.exclude', message: 'no image would be left; leave some out' }]);
    const nothing = resolved.exclude.length + resolved.relabel.length + resolved.mergeClasses.length === 0 && resolved.resplit === null;
    if (nothing)
      throw invalid([{ path: remedies.length > 0 ? 'remedies' : 'edits', message: `version ${base.version} would stay as it is; name what is to change` }]);
    const row = await addVersion(tx, { datasetId: id, source: { kind: 'edit', from: base.version, remedies, edits: resolved }, options: base.options });
    return presentVersion(tx, ctx.storage, row);
  });
}

/** What the edits name that the version does not have. */
function faultsIn({ exclude, relabel, mergeClasses }: DatasetEdits, { classes, packs }: DatasetManifest): Fault[] {
  const known = new Set(classes);
  const images = new Map<string, number>(packs.map((pack) => [pack.split, pack.images]));
  const missing = ({ split, row }: DatasetEdits['exclude'][number]) => row >= (images.get(split) ?? 0);
  const faults: Fault[] = [];
  const noImage = (path: string, places: readonly DatasetEdits['exclude'][number][]): void => {
    const index = places.findIndex(missing);
    const place = places[index];
    if (place !== undefined) faults.push({ path: `${path}.${index}`, message: `the version has no image ${place.row} in ${place.split}` });
  };
  noImage('edits.exclude', exclude);
  noImage('edits.relabel', relabel);
  const noClass = (path: string, name: string): void => {
    if (!known.has(name)) faults.push({ path, message: `the version has no class ${JSON.stringify(name)}` });
  };
  relabel.forEach(({ class: name }, index) => noClass(`edits.relabel.${index}.class`, name));
  mergeClasses.forEach(({ from, to }, index) => {
    noClass(`edits.mergeClasses.${index}.from`, from);
    noClass(`edits.mergeClasses.${index}.to`, to);
    if (from === to) faults.push({ path: `edits.mergeClasses.${index}`, message: 'a class cannot be merged into itself' });
  });
  return faults;
}
