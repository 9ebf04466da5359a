import type { Executor } from '@thaw/db/client';
import type { SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

/**
 * Work of one kind, as its table has it. The columns that make a table a queue are called the same in each: status, available_at,
 * launched_at, lease_expires_at.
 */
export interface WorkKind<Row> {
  /** In the log. */
  name: 'run' | 'import' | 'task';
  table: PgTable;
  /** Id of a piece, as a text, and its owner. */
  id: SQL;
  owner: SQL;
  /** Status of a piece that a worker has. */
  working: 'running' | 'importing';
  /** In which order one owner's pieces go. Between owners it is fair shares. */
  order: SQL;
  /** Where the attempts are, on what they and the pieces' current ones are joined, and who makes them. */
  attempts: { table: PgTable; isCurrent: SQL; workerId: PgColumn };
  /** The waiting pieces that come next, as many at most, where that takes more to decide. */
  next?: (tx: Executor, count: number) => Promise<string[]>;
  /** Pieces that are as the condition says, locked for the transaction; those that someone else has locked are left out. */
  lock: (tx: Executor, condition: SQL, limit: number) => Promise<Row[]>;
  /** What the log is to say of a piece. */
  describe: (row: Row) => object;
  /** The worker of a locked piece has fallen silent. @returns the new status */
  endLost: (tx: Executor, row: Row, message: string) => Promise<string>;
  /** No worker could be started for a locked piece. @returns the new status */
  endLaunch: (tx: Executor, row: Row, message: string) => Promise<string>;
  /** Says to those who watch that a piece has changed. */
  announce: (tx: Executor, id: string) => Promise<void>;
}
