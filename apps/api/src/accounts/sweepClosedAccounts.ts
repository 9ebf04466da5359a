import { terminalStatuses } from '@thaw/contract/runStatus';
import { dataset } from '@thaw/db/schema/dataset';
import { removal } from '@thaw/db/schema/removal';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { user } from '@thaw/db/schema/user';
import { weights } from '@thaw/db/schema/weights';
import { and, eq, inArray, isNotNull, ne, notExists, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context, OwnerCaller, SystemCaller } from '../context.ts';
import { deleteDataset } from '../datasets/deleteDataset.ts';
import { ApiError } from '../errors.ts';
import { lateWriteSeconds } from '../ingests/endIngest.ts';
import { deleteRun } from '../runs/deleteRun.ts';
import { prefixOf } from '../tasks/taskFiles.ts';
import { stopWork } from './stopWork.ts';

type SweepContext = Pick<Context<SystemCaller>, 'db' | 'storage' | 'log'>;

/** Deletes what people leave whose accounts are deleted, and at last the row of the account. What still runs is waited for. @returns how many are gone */
export async function sweepClosedAccounts(ctx: SweepContext): Promise<number> {
  const closed = await ctx.db.select({ id: user.id }).from(user).where(isNotNull(user.deletedAt));
  let gone = 0;
  for (const { id } of closed) if (await sweepClosedAccount(ctx, id)) gone++;
  return gone;
}

async function sweepClosedAccount(ctx: SweepContext, userId: string): Promise<boolean> {
  const { db } = ctx;
  const caller: OwnerCaller = { kind: 'owner', userId, scopes: ['admin'], role: 'user', via: { kind: 'session', id: userId } };
  // Again: a request that was under way may have come after the account was closed.
  await db.transaction((tx) => stopWork(tx, userId));
  const ended = await db.select({ id: run.id }).from(run).where(and(eq(run.ownerId, userId), inArray(run.status, [...terminalStatuses])));
  for (const { id } of ended) await unlessBusy(() => deleteRun({ ...ctx, caller }, { id }));
  const datasets = await db.select({ id: dataset.id }).from(dataset).where(eq(dataset.ownerId, userId));
  for (const { id } of datasets) await unlessBusy(() => deleteDataset({ ...ctx, caller }, { id }));
  return db.transaction(async (tx) => {
    const rows = await tx.delete(task).where(eq(task.ownerId, userId)).returning();
    // Whoever works on one may be writing still.
    const prefixes = rows.flatMap((row) => [{ prefix: prefixOf(row) }, { prefix: prefixOf(row), dueAt: secondsFromNow(lateWriteSeconds) }]);
    if (prefixes.length > 0) await tx.insert(removal).values(prefixes);
    const [busy] = await tx.select({ id: run.id }).from(run).where(eq(run.ownerId, userId)).limit(1);
    const [kept] = await tx.select({ id: dataset.id }).from(dataset).where(eq(dataset.ownerId, userId)).limit(1);
    if (busy !== undefined || kept !== undefined) return false;
    const other = alias(weights, 'other');
    const shared = tx.select({ one: sql`1` }).from(other).where(and(eq(other.key, weights.key), ne(other.id, weights.id)));
    const alone = await tx.select({ key: weights.key }).from(weights).where(and(eq(weights.ownerId, userId), notExists(shared)));
    await tx.delete(weights).where(eq(weights.ownerId, userId));
    if (alone.length > 0) await tx.insert(removal).values(alone.map(({ key }) => ({ prefix: key })));
    await tx.delete(user).where(eq(user.id, userId));
    return true;
  });
}

/** What cannot go yet, as it runs or is used by what runs, goes with a later sweep. */
async function unlessBusy(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
