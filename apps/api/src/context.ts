import type { UserRole } from '@thaw/contract/accounts';
import type { ApiScope } from '@thaw/contract/apiKeys';
import type { Quota } from '@thaw/contract/quotas';
import type { Database } from '@thaw/db/client';
import type { Logger } from 'pino';
import type { Storage } from './storage/storage.ts';

export interface Settings {
  leaseSeconds: number;
  heartbeatSeconds: number;
  /** The limits of everyone for whom an administrator has set no other. */
  quota: Quota;
  /** For so many days after the end of a run its checkpoints are kept, beside those that stay (see standing.ts); left out: all stay. */
  checkpointDays?: number | undefined;
}

/** A person, by a key or by the session of a browser. */
export interface OwnerCaller {
  kind: 'owner';
  userId: string;
  /** `admin` is all that this person may do. Looking after other people takes the role `administrator` beside it. */
  scopes: readonly ApiScope[];
  role: UserRole;
  via: { kind: 'key' | 'session'; id: string };
}
/** A worker token: may claim. */
export interface WorkerCaller {
  kind: 'worker';
  apiKeyId: string;
}
/** An attempt token: may work on this attempt of this run. */
export interface AttemptCaller {
  kind: 'attempt';
  runId: string;
  attempt: number;
}
/** The same for one import of a data set version. */
export interface IngestCaller {
  kind: 'ingest';
  datasetId: string;
  version: number;
  attempt: number;
}
/** The same for one task. */
export interface TaskCaller {
  kind: 'task';
  taskId: string;
  attempt: number;
}
/** This process itself: housekeeping and built-in data. */
export interface SystemCaller {
  kind: 'system';
}
export type Caller = OwnerCaller | WorkerCaller | AttemptCaller | IngestCaller | TaskCaller | SystemCaller;

/** What a verb works with. Time is the database's. */
export interface Context<C extends Caller = OwnerCaller> {
  db: Database;
  storage: Storage;
  settings: Settings;
  log: Logger;
  caller: C;
}

export const withCaller = <C extends Caller>(base: Omit<Context<Caller>, 'caller'>, caller: C): Context<C> => ({ ...base, caller });
