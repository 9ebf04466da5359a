import type { Run } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import type { Settings } from '../context.ts';
import { queuePlaces } from '../queue/queuePlaces.ts';
import type { Storage } from '../storage/storage.ts';
import { presentRun, type ShownRow } from './presentRun.ts';

/** What showing runs takes. */
export interface ShowContext {
  db: Executor;
  storage: Pick<Storage, 'uri'>;
  settings: Pick<Settings, 'quota'>;
}

const waits = ({ status }: ShownRow): boolean => status === 'queued' || status === 'launching';

/** Runs of one owner as the API shows them, with their places in the queue. */
export async function showRuns({ db, storage, settings }: ShowContext, rows: readonly ShownRow[]): Promise<Run[]> {
  const waiting = rows.filter(waits);
  const owner = waiting[0]?.ownerId;
  const places = owner === undefined ? null : await queuePlaces(db, settings.quota, owner, waiting.map(({ id }) => id));
  return rows.map((row) => presentRun(row, storage, places?.get(row.id)));
}

export async function showRun(ctx: ShowContext, row: ShownRow): Promise<Run> {
  const [shown] = await showRuns(ctx, [row]);
  return shown ?? presentRun(row, ctx.storage);
}
