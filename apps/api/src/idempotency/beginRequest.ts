import type { Database } from '@thaw/db/client';
import { idempotentRequest } from '@thaw/db/schema/idempotentRequest';
import { and, count, eq, sql } from 'drizzle-orm';
import { randomUUID } from 'node:crypto';
import { secondsFromNow } from '../attempts/lease.ts';
import { ApiError, conflict } from '../errors.ts';
import type { HeldRequest } from './heldRequest.ts';

export interface RequestInput {
  ownerId: string;
  key: string;
  requestHash: string;
  /** Whether it may be done again: then nothing but its hash is kept, to tell another request from it. */
  harmless: boolean;
}

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** No request takes so long. One that does all the same loses its place, and cannot commit any more. */
const leaseSeconds = 60;
/** What a page of a hundred things needs hours for. */
const mostADay = 5000;

/**
 * Claims an Idempotency-Key for a request, or has the answer that it got before.
 * @throws conflict where the key belongs to another request, to one under way, or to one whose answer is not kept
 */
export async function beginRequest(db: Database, { ownerId, key, requestHash, harmless }: RequestInput): Promise<{ held: HeldRequest } | { kept: KeptAnswer } | 'do-again'> {
  const { ownerId: owner, key: keyColumn, createdAt, status, doneAt, withheld, leaseExpiresAt } = idempotentRequest;
  const holder = randomUUID();
  const fresh = {
    requestHash,
    holder,
    leaseExpiresAt: harmless ? sql`now()` : secondsFromNow(leaseSeconds),
    doneAt: harmless ? sql`now()` : null,
    status: null,
    headers: null,
    body: null,
    withheld: null,
    createdAt: sql`now()`,
  };
  const mine = and(eq(owner, ownerId), eq(keyColumn, key));

  for (let tries = 0; tries < 3; tries++) {
    const [before] = await db.select().from(idempotentRequest).where(mine);
    if (before === undefined) {
      const [day] = await db.select({ requests: count() }).from(idempotentRequest).where(eq(owner, ownerId));
      if ((day?.requests ?? 0) >= mostADay) throw new ApiError('too-many-requests', `${mostADay} requests with an Idempotency-Key have been made within a day. Go on tomorrow, or without the header.`);
    }
    const [claimed] = await db
      .insert(idempotentRequest)
      .values({ ownerId, key, ...fresh })
      .onConflictDoUpdate({
        target: [owner, keyColumn],
        set: fresh,
        // Of a process that died before it had done anything; or of yesterday.
        setWhere: sql`(${status} is null and ${doneAt} is null and ${withheld} is null and ${leaseExpiresAt} < now()) or ${createdAt} < now() - interval '1 day'`,
      })
      .returning({ holder: idempotentRequest.holder });
    if (claimed !== undefined) return harmless ? 'do-again' : { held: { ownerId, key, holder } };

    const [earlier] = await db.select({ row: idempotentRequest, underWay: sql<boolean>`${leaseExpiresAt} > now()` }).from(idempotentRequest).where(mine);
    if (earlier === undefined) continue;
    const { row, underWay } = earlier;
    if (row.requestHash !== requestHash) throw conflict('This Idempotency-Key came before, with another request. Use a new key for a new request.');
    if (harmless) return 'do-again';
    if (row.status !== null && row.headers !== null && row.body !== null) return { kept: { status: row.status, headers: row.headers, body: row.body } };
    if (row.withheld === 'secret')
      throw conflict('The request with this Idempotency-Key was carried out. Its answer held a secret, which is shown only once and kept nowhere: if it did not arrive, delete what was made and make it anew with a new key.');
    if (row.withheld === 'too-large') throw conflict('The request with this Idempotency-Key was carried out. Its answer is not kept: read what it made or changed.');
    if (underWay) throw new ApiError('conflict', 'The first request with this Idempotency-Key is still under way. Try again in a moment.', { retryAfterSeconds: 2 });
    throw conflict('The first request with this Idempotency-Key was begun, and its answer was lost. See whether it was carried out; if not, send it with a new key.');
  }
  throw new ApiError('conflict', 'Requests with this Idempotency-Key come and go. Try again in a moment.', { retryAfterSeconds: 2 });
}
