import { idempotentRequest } from '@thaw/db/schema/idempotentRequest';
import { lt, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';

/** Forgets requests with an Idempotency-Key after a day. @returns how many */
export async function sweepRequests({ db }: Pick<Context<SystemCaller>, 'db'>): Promise<number> {
  const gone = await db
    .delete(idempotentRequest)
    .where(lt(idempotentRequest.createdAt, sql`now() - interval '1 day'`))
    .returning({ key: idempotentRequest.key });
  return gone.length;
}
