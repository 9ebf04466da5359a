import type { IngestSource, sourceRequest } from '@thaw/contract/ingest';
import type { z } from 'zod';
import type { Context, IngestCaller } from '../context.ts';
import { requireCurrentVersion } from './currentVersion.ts';
import { signSource } from './signSource.ts';

/** Fresh addresses of what is imported, for a worker whose earlier ones have expired. */
export async function refreshSource(ctx: Context<IngestCaller>, { attempt }: z.infer<typeof sourceRequest>): Promise<IngestSource> {
  return signSource(ctx, await requireCurrentVersion(ctx.db, ctx.caller, attempt));
}
