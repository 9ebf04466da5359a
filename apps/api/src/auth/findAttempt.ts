import type { Database } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { attempt } from '@thaw/db/schema/attempt';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, sql, type Column } from 'drizzle-orm';
import type { AttemptCaller, IngestCaller, TaskCaller } from '../context.ts';
import { hashToken } from './tokens.ts';

interface FoundAttempt {
  caller: AttemptCaller | IngestCaller | TaskCaller;
  /** Where the calls of this attempt are, and no others. */
  path: string;
}

/** The token with which a worker has claimed is not revoked since: whoever it was taken from has nothing more to say. */
const isTrusted = (workerId: Column) =>
  sql`not exists (select 1 from ${worker} join ${apiKey} on ${apiKey.id} = ${worker.apiKeyId} where ${worker.id} = ${workerId} and ${apiKey.revokedAt} is not null)`;

/** By the part of the path that names the kind of work. */
const lookups: Readonly<Record<string, (db: Database, hash: string) => Promise<FoundAttempt | null>>> = {
  runs: async (db, hash) => {
    const [found] = await db.select({ runId: attempt.runId, attempt: attempt.number }).from(attempt).where(and(eq(attempt.tokenHash, hash), isTrusted(attempt.workerId)));
    return found === undefined ? null : { caller: { kind: 'attempt', ...found }, path: `/worker/v1/runs/${found.runId}/` };
  },
  ingests: async (db, hash) => {
    const [found] = await db
      .select({ datasetId: ingestAttempt.datasetId, version: ingestAttempt.version, attempt: ingestAttempt.number })
      .from(ingestAttempt)
      .where(and(eq(ingestAttempt.tokenHash, hash), isTrusted(ingestAttempt.workerId)));
    return found === undefined ? null : { caller: { kind: 'ingest', ...found }, path: `/worker/v1/ingests/${found.datasetId}/${found.version}/` };
  },
  tasks: async (db, hash) => {
    const [found] = await db.select({ taskId: taskAttempt.taskId, attempt: taskAttempt.number }).from(taskAttempt).where(and(eq(taskAttempt.tokenHash, hash), isTrusted(taskAttempt.workerId)));
    return found === undefined ? null : { caller: { kind: 'task', ...found }, path: `/worker/v1/tasks/${found.taskId}/` };
  },
};

/**
 * Which attempt at work of the kind that a path names a token belongs to, or null. Whether that attempt is still the current one is
 * checked where something is written.
 */
export async function findAttempt(db: Database, path: string, presented: string): Promise<FoundAttempt | null> {
  const kind = /^\/worker\/v1\/([a-z]+)\//.exec(path)?.[1] ?? '';
  const lookup = Object.hasOwn(lookups, kind) ? lookups[kind] : undefined;
  if (lookup === undefined || !presented.startsWith('thawattempt_')) return null;
  return lookup(db, hashToken(presented));
}
