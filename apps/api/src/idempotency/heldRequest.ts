import type { Database } from '@thaw/db/client';
import { idempotentRequest } from '@thaw/db/schema/idempotentRequest';
import { and, eq, sql } from 'drizzle-orm';
import { conflict } from '../errors.ts';
import { redact } from '../log.ts';

/** A request that has claimed its Idempotency-Key. */
export interface HeldRequest {
  ownerId: string;
  key: string;
  holder: string;
}

const bytesKept = 64 * 2 ** 10;
const headersKept = ['content-type', 'location', 'etag'];

const isHeld = ({ ownerId, key, holder }: HeldRequest) =>
  and(eq(idempotentRequest.ownerId, ownerId), eq(idempotentRequest.key, key), eq(idempotentRequest.holder, holder));

/**
 * The same database; whatever a transaction of this request commits, it commits with the word that it is done. So a request whose
 * process dies afterwards is not done again, and one that was given up as lost cannot be done late. What changes without a
 * transaction is not covered.
 */
export function markingDatabase(db: Database, held: HeldRequest): Database {
  const transaction: Database['transaction'] = (work, config) =>
    db.transaction(async (tx) => {
      const result = await work(tx);
      const marked = await tx
        .update(idempotentRequest)
        .set({ doneAt: sql`now()` })
        .where(isHeld(held))
        .returning({ key: idempotentRequest.key });
      if (marked.length === 0) throw conflict('This request took so long that another with its Idempotency-Key was let through. See what that one did.');
      return result;
    }, config);
  return new Proxy(db, { get: (target, name) => (name === 'transaction' ? transaction : (Reflect.get(target, name) as unknown)) });
}

/**
 * Keeps the answer for requests that repeat this one. What went wrong in a way that can be mended (4xx, 503) leaves the key free, as if
 * the request had never been; a secret is not kept, nor is what is no text or too long.
 */
export async function keepAnswer(db: Database, held: HeldRequest, response: Response): Promise<void> {
  const { status } = response;
  if (status >= 400) {
    const released = status === 500 ? and(isHeld(held), sql`${idempotentRequest.doneAt} is null`) : isHeld(held);
    await db.delete(idempotentRequest).where(released);
    return;
  }
  const isText = response.body === null || /^application\/json\b/.test(response.headers.get('content-type') ?? '');
  const body = isText ? await response.clone().text() : '';
  const isSecret = redact(body) !== body;
  const answer =
    isText && !isSecret && Buffer.byteLength(body) <= bytesKept
      ? { status, body, headers: Object.fromEntries(headersKept.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name) ?? '']] : []))) }
      : { withheld: isSecret ? ('secret' as const) : ('too-large' as const) };
  await db
    .update(idempotentRequest)
    .set({ ...answer, doneAt: sql`now()` })
    .where(isHeld(held));
}
