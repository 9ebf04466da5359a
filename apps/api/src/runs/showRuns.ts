import type { Run } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import type { RunRow } from '@thaw/db/schema/run';
import type { Settings } from '../context.ts';
import { queuePlaces } from '../queue/queuePlaces.ts';
import type { Storage } from '../storage/storage.ts';
import { presentRun } from './presentRun.ts';

/** What showing runs takes. */
export interface ShowContext {
  db: Executor;
  storage: Pick<Storage, 'uri'>;
  settings: Pick<Settings, 'quota'>;
}

const waits = ({ status }: RunRow): boolean => status === 'queued' || status === 'launching';

/** Runs of one owner as the API shows them, with their places in the queue. */
export async function showRuns({ db, storage, settings }: ShowContext, rows: readonly RunRow[]): Promise<Run[]> {
  const waiting = rows.filter(waits);
  const owner = waiting[0]?.ownerId;
  const places = owner === undefined ? null : await queuePlaces(db, settings.quota, owner, waiting.map(({ id }) => id));
  return rows.map((row) => presentRun(row, storage, places?.get(row.id)));
}

export async function showRun(ctx: ShowContext, row: RunRow): Promise<Run> {
  const [shown] = await showRuns(ctx, [row]);
  return shown ?? presentRun(row, ctx.storage);
}
