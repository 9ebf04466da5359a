import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from './processIdentity.ts';
import { StackError } from './stackError.ts';

interface Owner extends ProcessIdentity {
  /** Null: a backup or restore, which serves nothing. */
  api: string | null;
}

const readOwner = (file: string): Owner | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
};

/** The stack that runs on a state folder, or null. */
export function runningStack(stateFolder: string): { api: string } | null {
  const owner = readOwner(path.join(stateFolder, 'lock'));
  return owner !== null && owner.api !== null && isAlive(owner) ? { api: owner.api } : null;
}

/**
 * Makes this process the only stack on a state folder until `release`.
 * @throws StackError naming the process that has it.
 */
export function takeStackLock(stateFolder: string, api: string | null): { release: () => void } {
  const file = path.join(stateFolder, 'lock');
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ ...identifyProcess(process.pid), api }), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link appears with its contents, or not at all.
        linkSync(own, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readOwner(file);
      if (owner !== null && isAlive(owner)) {
        if (owner.api === null) throw new StackError(`A backup or restore of ${stateFolder} is under way (process ${owner.pid}). Begin again when it is through.`);
        throw new StackError(`Thaw is already running on ${stateFolder} (process ${owner.pid}, ${owner.api}). Use that one, stop it with Ctrl-C, or choose another state folder with --state and other ports with --port.`);
      }
      removeStale(file, owner);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves the stale lock away first: if another starter was quicker, what was moved is its lock, and it gets it back. */
function removeStale(file: string, stale: Owner | null): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    const moved = readOwner(aside);
    if (moved !== null && moved.pid !== stale?.pid && isAlive(moved)) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
