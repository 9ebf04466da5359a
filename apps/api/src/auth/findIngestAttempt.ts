import type { Database } from '@thaw/db/client';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { eq } from 'drizzle-orm';
import type { IngestCaller } from '../context.ts';
import { hashToken } from './tokens.ts';

/** Which attempt at an import a token belongs to, or null. Whether it is still the current one is checked where something is written. */
export async function findIngestAttempt(db: Database, presented: string): Promise<IngestCaller | null> {
  if (!presented.startsWith('thawattempt_')) return null;
  const [found] = await db
    .select({ datasetId: ingestAttempt.datasetId, version: ingestAttempt.version, attempt: ingestAttempt.number })
    .from(ingestAttempt)
    .where(eq(ingestAttempt.tokenHash, hashToken(presented)));
  return found === undefined ? null : { kind: 'ingest', ...found };
}
