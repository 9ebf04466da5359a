import { logToStderr as log } from '@thaw/worker-agent/log';
import { workerProcess } from '@thaw/worker-agent/workerProcess';
import { readEnvironment } from './environment.ts';
import { runAgent } from './runAgent.ts';

/**
 * A worker as a process: reads its environment, stops in good order on SIGTERM and SIGINT.
 *
 * @param trainerCommand program and first arguments of the trainer
 * @returns the exit code: 0 done, 1 a failure (said on standard error)
 */
export function runWorker(variables: NodeJS.ProcessEnv, trainerCommand: readonly [string, ...string[]]): Promise<number> {
  return workerProcess(async (shutdown) => {
    const environment = readEnvironment(variables);
    const trainerEnvironment = { ...variables };
    delete trainerEnvironment['THAW_WORKER_TOKEN'];
    // TensorFlow takes a GPU that it sees, and the trainer refuses what was not asked for.
    if (environment.THAW_DEVICE === 'cpu') trainerEnvironment['CUDA_VISIBLE_DEVICES'] = '';
    await runAgent({ environment, trainerCommand, trainerEnvironment, log, shutdown });
  }, log);
}
