import { fileURLToPath } from 'node:url';
import { describeError } from './agent/describeError.ts';
import { readEnvironment } from './agent/environment.ts';
import { logToStderr } from './agent/log.ts';
import { runAgent } from './agent/runAgent.ts';

/** A worker: `node workers/gpu/src/main.ts` with the environment of agent/environment.ts. Exit 0 when done, 1 on a failure. */
const shutdown = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (shutdown.signal.aborted) return;
    logToStderr('info', `${signal}: stopping`);
    shutdown.abort(new Error('the worker has to go'));
  });

try {
  const environment = readEnvironment(process.env);
  const { THAW_WORKER_TOKEN: _, ...trainerEnvironment } = process.env;
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  await runAgent({ environment, trainerCommand: [process.execPath, cli], trainerEnvironment, log: logToStderr, shutdown: shutdown.signal });
} catch (error) {
  logToStderr('error', describeError(error));
  process.exitCode = 1;
}
