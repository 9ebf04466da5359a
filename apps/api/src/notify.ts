import type { Database, Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';

/**
 * Hints by NOTIFY: `queue` something may be claimed; `run` the run of that id has changed; `version` a data set version has, named
 * `dataset/version`; `webhook` messages are to be sent for that owner. Whoever needs the truth polls.
 */
export const channels = { queue: 'thaw_queue', run: 'thaw_run', version: 'thaw_version', webhook: 'thaw_webhook' } as const;

/** In a transaction it is sent when that commits, and not at all when it does not. Such commits wait for the disk one after the other, in all of the database. */
export async function notify(db: Executor, channel: keyof typeof channels, id: string): Promise<void> {
  await db.execute(sql`select pg_notify(${channels[channel]}, ${id})`);
}

/**
 * For what comes often and is no change of a state, after the transaction that wrote it: this one writes nothing, so that it holds nobody
 * up. One that gets lost is made up for by the next look at what is followed.
 */
export const hint = (db: Database, channel: keyof typeof channels, id: string): Promise<void> => notify(db, channel, id);
