import type { Logger } from 'pino';

/** Runs `close` at the first SIGTERM or SIGINT and lets the process end; a second one ends it at once. */
export function onStopSignal(log: Logger, close: () => Promise<void>): void {
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      log.info({ signal }, 'stopping');
      close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
    });
}
