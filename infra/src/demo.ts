import { readDemoArguments, usage } from './demo/demoArguments.ts';
import { runDemo } from './demo/runDemo.ts';
import { Screen } from './demo/screen.ts';
import { checkSummaryFile } from './demo/summary.ts';
import { exitCodeFor } from './exitCodeFor.ts';
import { readSetupPaths } from './stack/setupPaths.ts';
import { readStackEnvironment } from './stack/stackEnvironment.ts';
import { StackError } from './stack/stackError.ts';
import { startStack } from './stack/startStack.ts';
import { stopSignals } from './stopSignals.ts';

/**
 * `npm run demo`: the embedded stack and one run on it. Exit 0 when the run succeeded, 1 when it did not, 2 for wrong arguments,
 * 128 + the signal's number when it was stopped before.
 */
async function main(): Promise<number> {
  const order = readDemoArguments(process.argv.slice(2), process.env);
  if (order.help) {
    console.log(usage);
    return 0;
  }
  if (order.jsonFile !== null) checkSummaryFile(order.jsonFile);
  const stopped = stopSignals();
  const { firstPort, stateFolder } = order;
  const environment = readStackEnvironment(process.env);
  const stack = await startStack({ stateFolder, firstPort, environment, paths: readSetupPaths(), maxWorkers: 1, log, signal: stopped });
  const broken = new AbortController();
  void stack.broken.then((what) => broken.abort(new StackError(`${what}, so everything is stopped. Its log is in ${stateFolder}/logs.`)));
  const screen = new Screen(process.stdout, process.env['TERM']);
  try {
    const exitCode = await runDemo(order, stack.addresses, screen, AbortSignal.any([stopped, broken.signal]));
    broken.signal.throwIfAborted();
    return exitCode;
  } finally {
    log('stopping');
    await stack.stop();
  }
}

function log(line: string): void {
  console.error(`demo: ${line}`);
}

// Who read along may leave (as in "npm run demo | head"): the run and its summary are wanted all the same.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await main().catch(exitCodeFor);
// A handle that someone forgot must not keep a stopped stack alive.
process.exit();
