import type { IngestSource, sourceRequest } from '@thaw/contract/ingest';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import type { z } from 'zod';
import type { Context, IngestCaller } from '../context.ts';
import { staleAttempt } from '../errors.ts';
import { checkIngestAttempt, isCurrent } from './currentVersion.ts';
import { signSource } from './signSource.ts';

/** Fresh addresses of what is imported, for a worker whose earlier ones have expired. */
export async function refreshSource(ctx: Context<IngestCaller>, { attempt }: z.infer<typeof sourceRequest>): Promise<IngestSource> {
  checkIngestAttempt(ctx.caller, attempt);
  const [row] = await ctx.db.select().from(datasetVersion).where(isCurrent(ctx.caller));
  if (row === undefined) throw staleAttempt();
  return signSource(ctx, row);
}
