import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database, Executor } from '@thaw/db/client';

/** What is being done through better-auth, for the hooks that it calls on the way: they know neither the request nor the transaction. */
export interface AttemptScope {
  act: 'sign-up' | 'sign-in' | 'github' | 'change-password' | 'reset-password' | 'confirm-address' | 'other';
  /** Of the client. */
  address: string;
  /** Token of an invitation that came with the request. */
  invitation: string | null;
  /** Whose account it is about, once that is known. */
  userId: string | null;
  /** Set by the hooks. */
  signedUp: { invitationId: string | null; verified: boolean } | null;
  /** The address that an account had until now, set by the hooks where it gets another. */
  movedFrom: string | null;
  /** The transaction that is open. */
  tx: Executor | null;
}

const storage = new AsyncLocalStorage<AttemptScope>();

export const runInScope = <T>(scope: AttemptScope, work: () => Promise<T>): Promise<T> => storage.run(scope, work);

export function attemptScope(): AttemptScope {
  const scope = storage.getStore();
  if (scope === undefined) throw new Error('better-auth was called outside of an attempt.');
  return scope;
}

/** The database, such that the transactions which better-auth opens on it are those in which its hooks work. */
export function scopedDatabase(db: Database): Database {
  const scoped = Object.create(db) as Database;
  scoped.transaction = (work, config) =>
    db.transaction(async (tx) => {
      const scope = storage.getStore();
      if (scope === undefined) return work(tx);
      const outer = scope.tx;
      scope.tx = tx;
      try {
        return await work(tx);
      } finally {
        scope.tx = outer;
      }
    }, config);
  return scoped;
}
