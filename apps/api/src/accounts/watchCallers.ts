import type { Database } from '@thaw/db/client';
import { apiKey } from '@thaw/db/schema/apiKey';
import { session } from '@thaw/db/schema/session';
import { user } from '@thaw/db/schema/user';
import { and, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { OwnerCaller } from '../context.ts';

export interface CallerWatch {
  /** Calls `onShutOut` once this caller's key or session opens nothing any more. @returns what ends the watch */
  watch: ({ via }: Pick<OwnerCaller, 'via'>, onShutOut: () => void) => () => void;
}

/**
 * For what stays open after it was allowed, such as event streams: asks every `seconds` whether the keys and sessions behind them
 * still work, with one query for all of them and none when nothing is open.
 */
export function watchCallers({ db, log, seconds }: { db: Database; log: Logger; seconds: number }): CallerWatch {
  const watched = new Map<string, Set<() => void>>();
  let timer: NodeJS.Timeout | undefined;

  const ask = async (): Promise<void> => {
    const ids = [...watched.keys()];
    const isIn = isNull(user.disabledAt);
    const [keys, sessions] = await Promise.all([
      db
        .select({ id: apiKey.id })
        .from(apiKey)
        .innerJoin(user, eq(user.id, apiKey.ownerId))
        .where(and(inArray(apiKey.id, ids), isNull(apiKey.revokedAt), or(isNull(apiKey.expiresAt), gt(apiKey.expiresAt, sql`now()`)), isIn)),
      db
        .select({ id: session.id })
        .from(session)
        .innerJoin(user, eq(user.id, session.userId))
        .where(and(inArray(session.id, ids), gt(session.expiresAt, sql`now()`), isIn)),
    ]);
    const works = new Set([...keys, ...sessions].map(({ id }) => id));
    for (const id of ids) if (!works.has(id)) for (const shutOut of watched.get(id) ?? []) shutOut();
  };
  const askAgain = (): void => {
    timer = setTimeout(() => {
      ask()
        .catch((error: unknown) => log.warn({ err: error }, 'whether followers may still follow could not be asked; it is asked again'))
        .finally(() => (watched.size > 0 ? askAgain() : (timer = undefined)));
    }, seconds * 1000);
    timer.unref();
  };

  return {
    watch: ({ via: { id } }, onShutOut) => {
      const ends = watched.get(id) ?? new Set();
      watched.set(id, ends.add(onShutOut));
      if (timer === undefined) askAgain();
      return () => {
        ends.delete(onShutOut);
        if (ends.size === 0 && watched.get(id) === ends) watched.delete(id);
      };
    },
  };
}
