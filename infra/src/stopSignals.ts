/**
 * An abort signal for "stop now": Ctrl-C, SIGTERM, SIGHUP, or the launcher that started us is gone. Ctrl-C may arrive twice (from
 * the terminal and from the launcher), so a second within two seconds counts as one; a later one ends the process at once, and
 * the guards of the servers do the rest.
 */
export function stopSignals(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = (why: string): void => {
    if (!controller.signal.aborted) {
      first = Date.now();
      controller.abort(new Error(why));
    } else if (why !== 'disconnect' && Date.now() - first > 2000) {
      process.exit(130);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop(name));
  if (process.channel) {
    process.on('disconnect', () => stop('disconnect'));
    process.channel.unref();
  }
  return controller.signal;
}
