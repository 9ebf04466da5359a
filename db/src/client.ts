import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { guardTransactions } from './guardTransactions.ts';
import { prepareStatements } from './prepareStatements.ts';
import { watchedSockets } from './watchedSocket.ts';

type Client = postgres.Sql;
export type Database = PostgresJsDatabase<Record<string, never>> & { $client: Client };
/** The database or a transaction in it. */
export type Executor = Pick<Database, 'select' | 'selectDistinct' | 'selectDistinctOn' | 'insert' | 'update' | 'delete' | 'execute'>;

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Connections at most. */
  max?: number;
  /** The url leads to a pooler that gives out connections by the transaction: they keep neither settings nor prepared statements. */
  pooler?: boolean;
  /** After so long without use a connection is closed. */
  idleSeconds?: number;
  /** A connection over which nothing has come for so long is given up: the longest statements get 60 s. */
  silentSeconds?: number;
}

/**
 * Opens the one pool of this process. It connects at the first query, so a server that starts later is no error here. No
 * statement may run longer than 15 s, and a transaction that forgets to end is ended after 30 s (behind a pooler: as its role is set).
 */
export function openDatabase({ url, name, max = 10, pooler = false, idleSeconds = 30, silentSeconds = 65 }: DatabaseOptions): Database {
  const client = postgres(url, {
    max,
    idle_timeout: idleSeconds,
    connect_timeout: 10,
    // The default grows with each lost connection, to 20 s when a restart of the database cuts a whole pool.
    backoff: () => 0.2,
    onnotice: () => undefined,
    prepare: !pooler,
    ...watched(silentSeconds),
    // A pooler refuses what it does not know.
    connection: { application_name: name, ...(!pooler && { statement_timeout: 15_000, idle_in_transaction_session_timeout: 30_000 }) },
  });
  return drizzle(prepareStatements(guardTransactions(client)));
}

/** An option of postgres.js that its types leave out. */
const watched = (silentSeconds: number): object => ({ socket: watchedSockets(silentSeconds) });

/** Lets running queries finish for up to 5 s, then closes all connections. */
export const closeDatabase = (db: Database): Promise<void> => db.$client.end({ timeout: 5 });
