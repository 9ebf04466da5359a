import type { Dataset } from '@thaw/contract/datasets';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findDataset } from './findDataset.ts';
import { presentDataset } from './presentDataset.ts';

export async function getDataset(ctx: Context, { id }: { id: string }): Promise<Dataset> {
  const found = await findDataset(ctx.db, ctx.caller, id);
  if (found === null) throw notFound('data set with this id');
  return presentDataset(found);
}
