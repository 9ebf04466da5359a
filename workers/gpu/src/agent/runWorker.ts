import { describeError } from './describeError.ts';
import { readEnvironment } from './environment.ts';
import { logToStderr as log } from './log.ts';
import { runAgent } from './runAgent.ts';

/**
 * A worker as a process: reads its environment, stops in good order on SIGTERM and SIGINT.
 *
 * @param trainerCommand program and first arguments of the trainer
 * @returns the exit code: 0 done, 1 a failure (said on standard error)
 */
export async function runWorker(variables: NodeJS.ProcessEnv, trainerCommand: readonly [string, ...string[]]): Promise<number> {
  const shutdown = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // A second one changes nothing: the end has a deadline. Ctrl-C often brings both.
      if (shutdown.signal.aborted) return;
      log('info', `${signal}: stopping`);
      shutdown.abort(new Error('this worker has to go'));
    });
  try {
    const environment = readEnvironment(variables);
    const trainerEnvironment = { ...variables };
    delete trainerEnvironment['THAW_WORKER_TOKEN'];
    // TensorFlow takes a GPU that it sees, and the trainer refuses what was not asked for.
    if (environment.THAW_DEVICE === 'cpu') trainerEnvironment['CUDA_VISIBLE_DEVICES'] = '';
    await runAgent({ environment, trainerCommand, trainerEnvironment, log, shutdown: shutdown.signal });
    return 0;
  } catch (error) {
    log('error', describeError(error));
    return 1;
  }
}
