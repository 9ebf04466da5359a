import type { DatasetVersion } from '@thaw/contract/datasets';
import type { Context } from '../context.ts';
import { findVersion, type VersionInput } from './findVersion.ts';
import { presentVersion } from './presentVersion.ts';

export async function getVersion(ctx: Context, input: VersionInput): Promise<DatasetVersion> {
  return presentVersion(ctx.db, ctx.storage, await findVersion(ctx.db, ctx.caller, input));
}
