import { openState } from './backup/openState.ts';
import type { Screen } from './demo/screen.ts';
import { writeSummary } from './demo/summary.ts';
import { readRestoreArguments, usage, type RestoreArguments } from './restore/restoreArguments.ts';
import { runRestore } from './restore/runRestore.ts';
import { contentsOf, openBackup, verifyBackup } from './restore/verifyBackup.ts';
import { runCommand } from './runCommand.ts';

/**
 * `npm run restore`: a backup into an empty database and bucket, or, with --check, read through alone. Exit 0 when it is done, 1 when it is
 * not, 2 for wrong input (arguments, a damaged or newer backup, a place that is in use), 128 + the signal's number when it was stopped before.
 */
async function restore(order: RestoreArguments, screen: Screen, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const backup = await openBackup(order.from, signal);
  if (order.check) {
    await verifyBackup(backup, screen, signal);
    if (order.jsonFile !== null) writeSummary(order.jsonFile, { ...contentsOf(backup), seconds: (performance.now() - began) / 1000 });
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

await runCommand({ usage, read: readRestoreArguments, run: restore });
