import type { OpenAPIHono } from '@hono/zod-openapi';
import { storageHeader } from '@thaw/contract/worker';
import type { Context as HonoContext } from 'hono';
import type { Accounts } from '../accounts/openAccounts.ts';
import { withCaller, type AttemptCaller, type Caller, type Context, type IngestCaller, type OwnerCaller, type TaskCaller, type WorkerCaller } from '../context.ts';

export interface AppEnv {
  Variables: {
    requestId: string;
    base: Omit<Context<Caller>, 'caller'>;
    accounts: Accounts;
    caller: Caller;
  };
}
export type App = OpenAPIHono<AppEnv>;

const ofWorkers: readonly Caller['kind'][] = ['worker', 'attempt', 'ingest', 'task'];

/** What a verb needs, out of a request whose caller the authentication has let through as one of this kind. */
function contextOf<C extends Caller>(c: HonoContext<AppEnv>, kind: C['kind']): Context<C> {
  const caller = c.get('caller');
  if (caller.kind !== kind) throw new Error(`A ${caller.kind} reached a route for a ${kind}.`);
  const base = c.get('base');
  const elsewhere = ofWorkers.includes(kind) && c.req.header(storageHeader) !== 'internal';
  return withCaller(elsewhere ? { ...base, storage: base.storage.elsewhere } : base, caller as C);
}

export const ownerContext = (c: HonoContext<AppEnv>): Context<OwnerCaller> => contextOf(c, 'owner');
export const workerContext = (c: HonoContext<AppEnv>): Context<WorkerCaller> => contextOf(c, 'worker');
export const attemptContext = (c: HonoContext<AppEnv>): Context<AttemptCaller> => contextOf(c, 'attempt');
export const ingestContext = (c: HonoContext<AppEnv>): Context<IngestCaller> => contextOf(c, 'ingest');
export const taskContext = (c: HonoContext<AppEnv>): Context<TaskCaller> => contextOf(c, 'task');
