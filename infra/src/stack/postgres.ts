import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { makePrivateFolder, postgresBinaries, postgresUser, type User } from './postgresFolders.ts';
import { identifyProcess, signalProcess, waitForEnd } from './processIdentity.ts';
import { startServer, waitUntilReady, type ServerProcess } from './serverProcess.ts';
import { StackError } from './stackError.ts';

const run = promisify(execFile);
const databaseName = 'thaw';

/** Where the embedded database is while it runs. */
export const localDatabaseUrl = (password: string, port: number): string => `postgres://thaw:${encodeURIComponent(password)}@127.0.0.1:${port}/${databaseName}`;

export interface PostgresOptions {
  /** Data folder; made where it is missing. As root it must lie where the user `postgres` can reach it. */
  directory: string;
  port: number;
  /** Default: `postgres.log` beside the data folder. */
  logFile?: string;
  /** Told as soon as the process is there, long before it is ready. */
  onStart?: (server: ServerProcess) => void;
  /** Password of the user `thaw`; needed again at the next start on the same folder. */
  password: string;
  /** False for throw-away data: commits do not wait for the disk. */
  durable?: boolean;
}

export interface RunningPostgres {
  url: string;
  process: ServerProcess;
  stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1 (no socket file) with a database `thaw`, after clearing away one that was left running on the
 * same folder.
 * @throws StackError in words for the person at the terminal.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { directory, port, password } = options;
  const logFile = options.logFile ?? path.join(path.dirname(directory), 'postgres.log');
  const user = postgresUser();
  const binaries = postgresBinaries(user);
  if (!existsSync(directory)) await initialise(binaries, directory, password, user);
  const dead = await stopLeftover(directory);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...(options.durable === false && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const server = await startServer({
    name: 'PostgreSQL',
    command: path.join(binaries, 'bin/postgres'),
    args: ['-D', directory, '-p', String(port), ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    logFile,
    cwd: '/',
    user,
    // A number that PostgreSQL takes for no other server's: to it, one that was killed and is not cleared away yet is alive.
    ...(dead !== null && { env: { ...process.env, PG_GRANDPARENT_PID: String(dead) } }),
    stopSignal: 'SIGINT',
    graceMilliseconds: 10_000,
  });
  const url = localDatabaseUrl(password, port);
  options.onStart?.(server);
  await waitUntilReady(server, logFile, () => ensureDatabase(url), 60_000);
  return { url, process: server, stop: server.stop };
}

/** initdb beside the folder, then a rename: a folder that is there is whole. */
async function initialise(binaries: string, directory: string, password: string, user: User | undefined): Promise<void> {
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  makePrivateFolder(unfinished, user);
  const passwordFile = `${directory}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    const flags = ['--username=thaw', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(path.join(binaries, 'bin/initdb'), [`--pgdata=${unfinished}`, ...flags], { cwd: '/', ...user });
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const words = (error as { stderr?: string }).stderr?.trim() || String(error);
    throw new StackError(`The PostgreSQL data folder ${directory} could not be made: ${words}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Ends a postmaster that outlived its parent and still holds the folder. Its file may also name a process that only has its old
 * number (likely in containers): PostgreSQL would then refuse to start, so that the file is removed.
 * @returns the number of one that is dead, and named by the file
 */
async function stopLeftover(directory: string): Promise<number | null> {
  const pidFile = path.join(directory, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const identity = identifyProcess(pid);
  if (identity === null) return pid;
  if (!isPostmasterOf(directory, identity.pid)) {
    rmSync(pidFile, { force: true });
    return null;
  }
  signalProcess(identity.pid, 'SIGINT');
  if (!(await waitForEnd(identity, 10_000))) {
    throw new StackError(`PostgreSQL of an earlier start (process ${identity.pid}) does not end. Stop it with "kill ${identity.pid}" and start again.`);
  }
  return pid;
}

function isPostmasterOf(directory: string, pid: number): boolean {
  try {
    const words =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).split(' ');
    return path.basename(words[0] ?? '') === 'postgres' && words.some((word) => word !== '' && path.resolve(word) === path.resolve(directory));
  } catch {
    return false;
  }
}

/** True once the server answers and has the database. Starting up (57P03) and not listening yet are "not yet". */
async function ensureDatabase(url: string): Promise<boolean> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const sql = postgres(maintenance.href, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    const found = await sql`select 1 from pg_database where datname = ${databaseName}`;
    if (found.length === 0) await sql.unsafe(`create database ${databaseName}`);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '57P03' || code === 'ECONNREFUSED' || code === 'CONNECTION_CLOSED' || code === 'ECONNRESET') return false;
    if (code === '28P01') throw new StackError('PostgreSQL refuses the password in the state folder. Remove the state folder (it holds no downloads) and start again.');
    throw error;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
