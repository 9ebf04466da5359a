import { readBackupArguments, usage, type BackupArguments } from './backup/backupArguments.ts';
import { openState } from './backup/openState.ts';
import { runBackup } from './backup/runBackup.ts';
import type { Screen } from './demo/screen.ts';
import { writeSummary } from './demo/summary.ts';
import { runCommand } from './runCommand.ts';

/**
 * `npm run backup`: database and objects of a deployment into a folder. Exit 0 when all of it is there, 1 when it is not or when the storage
 * lacked objects, 2 for wrong input, 128 + the signal's number when it was stopped before.
 */
async function backUp(order: BackupArguments, screen: Screen, signal: AbortSignal): Promise<number> {
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

await runCommand({ usage, read: readBackupArguments, run: backUp });
