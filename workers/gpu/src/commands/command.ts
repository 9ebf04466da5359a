import type { DeviceWish } from '../engine/device.ts';
import type { TrainingError } from '../trainingError.ts';

/** What a command of the command line gives to the shell. Wrong input: arguments or files. */
export const exitCodes = { succeeded: 0, failed: 1, wrongInput: 2, stopped: 143 } as const;

const wrongInputs: readonly string[] = ['invalid_spec', 'invalid_data', 'invalid_weights'];
export const exitCodeOf = ({ code }: TrainingError): number => (wrongInputs.includes(code) ? exitCodes.wrongInput : exitCodes.failed);

/** From the arguments after the command's name to an exit code. `resolve` makes a path of an argument absolute. */
export type Command = (args: string[], resolve: (file: string) => string) => Promise<number>;

/**
 * A command that first makes an order of its arguments, then runs it.
 * @param parse throws a TypeError for arguments that make no order, as parseArgs does; it is shown with the usage
 */
export function command<Order>(usage: string, parse: (...args: Parameters<Command>) => Order, run: (order: Order) => Promise<number>): Command {
  return (args, resolve) => {
    if (args.includes('--help')) {
      process.stdout.write(`${usage}\n`);
      return Promise.resolve(exitCodes.succeeded);
    }
    let order;
    try {
      order = parse(args, resolve);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      process.stderr.write(`${error.message}\n\n${usage}\n`);
      return Promise.resolve(exitCodes.wrongInput);
    }
    return run(order);
  };
}

/** The value of --device. @throws TypeError */
export function deviceWish(text: string): DeviceWish {
  if (text !== 'cpu' && text !== 'gpu' && text !== 'auto') throw new TypeError(`--device is cpu, gpu or auto, not ${text}`);
  return text;
}

/** A count among the arguments. @throws TypeError */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) throw new TypeError(`${option} is a whole number from 1 to ${most}, not ${text}`);
  return value;
}
