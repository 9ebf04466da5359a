import { readServerEnvironment } from './environment.ts';
import { createLog, redact } from './log.ts';
import { onStopSignal } from './onStopSignal.ts';
import { startServer } from './startServer.ts';

/** The API: `node apps/api/src/server.ts` with the environment of environment.ts. */
try {
  const environment = readServerEnvironment(process.env);
  const log = createLog('thaw-api', environment.LOG_LEVEL);
  const { close } = await startServer(environment, log);
  onStopSignal(log, close);
} catch (error) {
  process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
}
