import { openState } from './backup/openState.ts';
import { Screen } from './demo/screen.ts';
import { checkSummaryFile, writeSummary } from './demo/summary.ts';
import { exitCodeFor } from './exitCodeFor.ts';
import { readRestoreArguments, usage } from './restore/restoreArguments.ts';
import { runRestore } from './restore/runRestore.ts';
import { openBackup, verifyBackup } from './restore/verifyBackup.ts';
import { stopSignals } from './stopSignals.ts';

/**
 * `npm run restore`: a backup into an empty database and bucket, or, with --check, read through alone. Exit 0 when it is done, 1 when it is
 * not, 2 for wrong input (arguments, a damaged or newer backup, a place that is in use), 128 + the signal's number when it was stopped before.
 */
async function main(): Promise<number> {
  const order = readRestoreArguments(process.argv.slice(2), process.env);
  if (order === null) {
    console.log(usage);
    return 0;
  }
  if (order.jsonFile !== null) checkSummaryFile(order.jsonFile);
  const screen = new Screen(process.stdout, process.env['TERM']);
  const signal = stopSignals();
  const backup = await openBackup(order.from, signal);
  if (order.check) {
    await verifyBackup(backup, screen, signal);
    return 0;
  }
  const state = await openState({ stateFolder: order.stateFolder, env: process.env, forRestore: true, signal });
  try {
    const summary = await runRestore(backup, state, order, screen, signal);
    if (order.jsonFile !== null) writeSummary(order.jsonFile, summary);
    return 0;
  } finally {
    await state.close();
  }
}

for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await main().catch(exitCodeFor);
process.exit();
