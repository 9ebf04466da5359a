import { Screen } from './demo/screen.ts';
import { checkSummaryFile } from './demo/summary.ts';
import { exitCodeFor } from './exitCodeFor.ts';
import { stopSignals } from './stopSignals.ts';

export interface Command<Order> {
  usage: string;
  /** Null where help is asked for. @throws UsageError */
  read: (args: readonly string[], env: NodeJS.ProcessEnv) => Order | null;
  /** @returns the exit code */
  run: (order: Order, screen: Screen, signal: AbortSignal) => Promise<number>;
}

/** The whole of a process that does what its command line says: its exit code is that of the work, or tells why there was none. */
export async function runCommand<Order extends { jsonFile: string | null }>({ usage, read, run }: Command<Order>): Promise<never> {
  const main = async (): Promise<number> => {
    const order = read(process.argv.slice(2), process.env);
    if (order === null) {
      console.log(usage);
      return 0;
    }
    if (order.jsonFile !== null) checkSummaryFile(order.jsonFile);
    return run(order, new Screen(process.stdout, process.env['TERM']), stopSignals());
  };
  // Who read along may leave (as in "| head"): the work and its summary are wanted all the same.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  process.exitCode = await main().catch(exitCodeFor);
  // A handle that someone forgot must not keep a stopped stack alive.
  process.exit();
}
