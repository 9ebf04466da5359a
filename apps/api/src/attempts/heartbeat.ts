import type { heartbeatReply, heartbeatRequest } from '@thaw/contract/worker';
import { attempt } from '@thaw/db/schema/attempt';
import { run } from '@thaw/db/schema/run';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { staleAttempt } from '../errors.ts';
import { checkAttempt, isCurrent } from './currentRun.ts';
import { secondsFromNow } from './lease.ts';

/** Keeps the lease, and tells the worker whether to go on. */
export async function heartbeat(
  { db, caller, settings }: Context<AttemptCaller>,
  input: z.infer<typeof heartbeatRequest>,
): Promise<z.infer<typeof heartbeatReply>> {
  checkAttempt(caller, input.attempt);
  const [row] = await db
    .update(run)
    .set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds) })
    .where(isCurrent(caller))
    .returning({ stopRequestedAt: run.stopRequestedAt });
  if (row === undefined) throw staleAttempt();
  const mine = and(eq(attempt.runId, caller.runId), eq(attempt.number, caller.attempt), eq(attempt.workerId, worker.id));
  await db.update(worker).set({ lastSeenAt: sql`now()` }).from(attempt).where(mine);
  return { action: row.stopRequestedAt === null ? 'continue' : 'stop' };
}
