import { apiKey } from '@thaw/db/schema/apiKey';
import { and, arrayContains, eq, gt, isNull, not, or, sql } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';

export const isWorkerToken = arrayContains(apiKey.scopes, ['worker']);

/** Keys that were not revoked; they may have expired. */
export const isKept = isNull(apiKey.revokedAt);

/** Keys that open something now. */
export const works = and(isKept, or(isNull(apiKey.expiresAt), gt(apiKey.expiresAt, sql`now()`)));

/** The caller's own keys that were not revoked. */
export const ownKeys = (caller: OwnerCaller) => and(eq(apiKey.ownerId, caller.userId), not(isWorkerToken), isKept);
