import type { Database } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { eq } from 'drizzle-orm';
import type { AttemptCaller } from '../context.ts';
import { hashToken } from './tokens.ts';

/** Which attempt a token belongs to, or null. Whether that attempt is still the current one is checked where something is written. */
export async function findAttempt(db: Database, presented: string): Promise<AttemptCaller | null> {
  if (!presented.startsWith('thawattempt_')) return null;
  const [found] = await db
    .select({ runId: attempt.runId, attempt: attempt.number })
    .from(attempt)
    .where(eq(attempt.tokenHash, hashToken(presented)));
  return found === undefined ? null : { kind: 'attempt', ...found };
}
