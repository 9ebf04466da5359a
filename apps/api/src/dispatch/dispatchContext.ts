import type { Context, Settings, SystemCaller } from '../context.ts';

/** What housekeeping works with: no storage, so that the dispatcher needs no credentials for it. */
export interface DispatchContext extends Pick<Context<SystemCaller>, 'db' | 'log'> {
  settings: Pick<Settings, 'quota'>;
}
