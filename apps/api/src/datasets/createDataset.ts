import type { createDatasetRequest, Dataset } from '@thaw/contract/datasets';
import { dataset } from '@thaw/db/schema/dataset';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { requireRoomForDataset } from '../quotas/requireRoom.ts';
import { presentDataset } from './presentDataset.ts';

/** Makes an empty data set of the caller's; an upload fills it. */
export async function createDataset({ db, settings, caller }: Context, { name }: z.infer<typeof createDatasetRequest>): Promise<Dataset> {
  return db.transaction(async (tx) => {
    await requireRoomForDataset(tx, { settings, caller });
    const [row] = await tx.insert(dataset).values({ id: newId('dataset'), ownerId: caller.userId, name }).returning();
    if (row === undefined) throw new Error('The data set could not be stored.');
    return presentDataset({ row, ready: null, latest: null });
  });
}
