import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

export interface RunInput {
  id: string;
}

/** Which run, where it is the caller's. */
export const ownRun = (caller: OwnerCaller, id: string) => and(eq(run.id, id), eq(run.ownerId, caller.userId));

/** @throws not-found also where the run is someone else's */
export async function findRun(db: Executor, caller: OwnerCaller, id: string): Promise<RunRow> {
  const [row] = canBeId(id) ? await db.select().from(run).where(ownRun(caller, id)) : [];
  if (row === undefined) throw notFound('run with this id');
  return row;
}

/** The same, and nobody else changes the run until the transaction ends. */
export async function lockRun(tx: Executor, caller: OwnerCaller, id: string): Promise<RunRow> {
  const [row] = canBeId(id) ? await tx.select().from(run).where(ownRun(caller, id)).for('update') : [];
  if (row === undefined) throw notFound('run with this id');
  return row;
}
