import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import path from 'node:path';
import postgres from 'postgres';
import { advisoryLocks } from './advisoryLocks.ts';

const migrationsFolder = path.resolve(import.meta.dirname, '../migrations');

/**
 * Brings the database at `url` to the newest schema. Any number of processes may call it at once: one works, the others wait
 * for it and find nothing to do.
 */
export async function migrate(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined, connection: { application_name: 'thaw-migrate' } });
  try {
    // A lock of the session: it is held across the transactions of the migrator and released with the connection.
    await client`select pg_advisory_lock(${advisoryLocks.migrate})`;
    await applyMigrations(drizzle(client), { migrationsFolder });
  } finally {
    await client.end({ timeout: 5 });
  }
}
