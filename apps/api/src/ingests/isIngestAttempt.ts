import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { and, eq } from 'drizzle-orm';

/** Which row of the attempts at imports. */
export const isIngestAttempt = ({ datasetId, version, attempt }: { datasetId: string; version: number; attempt: number }) =>
  and(eq(ingestAttempt.datasetId, datasetId), eq(ingestAttempt.version, version), eq(ingestAttempt.number, attempt));
