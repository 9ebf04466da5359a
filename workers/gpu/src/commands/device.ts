import { parseArgs } from 'node:util';
import { TrainingError } from '../trainingError.ts';
import { command, deviceWish, exitCodeOf, exitCodes } from './command.ts';

const usage = `usage: device [--device cpu|gpu|auto]

Prints what the training engine computes on, as JSON. Exit code 1 where that is not what is asked for.`;

/** `device`: whether the engine finds the device that a worker is to use. */
export const deviceCommand = command(
  usage,
  (args) => deviceWish(parseArgs({ args, options: { device: { type: 'string', default: 'auto' } } }).values.device),
  async (wish) => {
    const { checkDevice } = await import('../engine/device.ts');
    try {
      process.stdout.write(`${JSON.stringify(checkDevice(wish))}\n`);
      return exitCodes.succeeded;
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return exitCodeOf(error);
    }
  },
);
