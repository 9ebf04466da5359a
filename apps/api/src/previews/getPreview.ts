import type { Preview } from '@thaw/contract/previews';
import type { Executor } from '@thaw/db/client';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { and, eq } from 'drizzle-orm';
import type { Context, OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { presentPreview } from './presentPreview.ts';

export interface PreviewInput {
  id: string;
}

/** @throws not-found also where it is someone else's */
export async function findPreview(db: Executor, caller: OwnerCaller, id: string): Promise<TaskRow> {
  const mine = and(eq(task.id, id), eq(task.ownerId, caller.userId), eq(task.kind, 'preview'));
  const [row] = canBeId(id) ? await db.select().from(task).where(mine) : [];
  if (row === undefined) throw notFound('preview with this id', 'Those that nobody asks for go after a week. POST /v1/previews makes one.');
  return row;
}

export const getPreview = async (ctx: Context, { id }: PreviewInput): Promise<Preview> => presentPreview(await findPreview(ctx.db, ctx.caller, id));
