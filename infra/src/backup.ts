import { readBackupArguments, usage } from './backup/backupArguments.ts';
import { openState } from './backup/openState.ts';
import { runBackup } from './backup/runBackup.ts';
import { Screen } from './demo/screen.ts';
import { checkSummaryFile, writeSummary } from './demo/summary.ts';
import { exitCodeFor } from './exitCodeFor.ts';
import { stopSignals } from './stopSignals.ts';

/**
 * `npm run backup`: database and objects of a deployment into a folder. Exit 0 when all of it is there, 1 when it is not or when the storage
 * lacked objects, 2 for wrong input, 128 + the signal's number when it was stopped before.
 */
async function main(): Promise<number> {
  const order = readBackupArguments(process.argv.slice(2), process.env);
  if (order === null) {
    console.log(usage);
    return 0;
  }
  if (order.jsonFile !== null) checkSummaryFile(order.jsonFile);
  const screen = new Screen(process.stdout, process.env['TERM']);
  const signal = stopSignals();
  const state = await openState({ stateFolder: order.stateFolder, env: process.env, forRestore: false, signal });
  try {
    const summary = await runBackup(order, state, screen, signal);
    if (order.jsonFile !== null) writeSummary(order.jsonFile, summary);
    warn('Rows name these objects, and the storage does not have them', summary.missing, screen);
    warn('The storage has other bytes of these objects than rows say, and what it has was taken', summary.differing, screen);
    return summary.missing.length + summary.differing.length === 0 ? 0 : 1;
  } finally {
    await state.close();
  }
}

function warn(what: string, keys: readonly string[], screen: Screen): void {
  if (keys.length === 0) return;
  const more = keys.length > 10 ? [`  and ${keys.length - 10} more (--json FILE has them all)`] : [];
  screen.say(`${what} (${keys.length}):`);
  screen.lines(...keys.slice(0, 10).map((key) => `  ${key}`), ...more);
}

for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await main().catch(exitCodeFor);
process.exit();
