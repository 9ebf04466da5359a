import { migrate } from '@thaw/db/migrate';
import { readMigrationEnvironment } from './environment.ts';
import { redact } from './log.ts';

/** Brings the database to the newest schema: `DATABASE_URL=... node apps/api/src/migrate.ts`, for hosts whose processes do not at their start. */
try {
  const { url, waitSeconds } = readMigrationEnvironment(process.env);
  await migrate(url, { waitSeconds });
  process.stdout.write('The database has the newest schema.\n');
} catch (error) {
  process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
}
