import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { advisoryLocks } from './advisoryLocks.ts';
import { isDatabaseAway } from './isDatabaseAway.ts';
import { migrationsFolder, withMigrationsThrough } from './migrations.ts';

/**
 * Brings the database at `url` to the newest schema. Any number of processes may call it at once: one works, the others wait
 * for it and find nothing to do. A server that does not answer yet is asked again for `waitSeconds`.
 * @param through name of the migration to end with, where that is not the newest
 * @throws Error in words, with host and port of the server and without its password
 */
export async function migrate(url: string, { waitSeconds = 0, through }: { waitSeconds?: number; through?: string } = {}): Promise<void> {
  const end = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      await (through === undefined ? migrateOnce(url, migrationsFolder) : withMigrationsThrough(through, (folder) => migrateOnce(url, folder)));
      return;
    } catch (error) {
      const away = isDatabaseAway(error);
      if (!away || performance.now() > end) {
        const words = error instanceof Error ? error.message : String(error);
        const { host } = new URL(url);
        throw new Error(`The database at ${host} ${away ? `does not answer (${words}). Start it, or correct DATABASE_URL.` : `cannot be brought up to date: ${words}`}`, { cause: error });
      }
      await sleep(500);
    }
  }
}

async function migrateOnce(url: string, folder: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined, connection: { application_name: 'thaw-migrate' } });
  try {
    // A lock of the session: it is held across the transactions of the migrator and released with the connection.
    await client`select pg_advisory_lock(${advisoryLocks.migrate})`;
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end({ timeout: 5 });
  }
}
