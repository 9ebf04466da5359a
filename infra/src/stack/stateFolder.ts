import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isReachable, postgresUser, systemFolder } from './postgresFolders.ts';

/** What a stack makes up once and needs again. Never shown, but for the local user's key and password. */
export interface Secrets {
  /** Names this state folder for what must lie elsewhere. */
  id: string;
  postgresPassword: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Keys that encrypt secrets in the database are made of it. */
  authSecret: string;
  /** Of the local user, for the dashboard. */
  password: string;
  apiKey: string | null;
  workerToken: string | null;
}

/** A folder that can be removed at any time; the stack then begins anew. */
export interface StateFolder {
  path: string;
  postgres: string;
  seaweedfs: string;
  logs: string;
  /** Scratch of the workers. */
  work: string;
  secrets: Secrets;
  saveSecrets: (changes: Partial<Secrets>) => void;
}

const random = (): string => randomBytes(18).toString('base64url');

/** Opens a state folder, making what is missing. */
export function openStateFolder(folder: string): StateFolder {
  const user = postgresUser();
  mkdirSync(folder, { recursive: true });
  // PostgreSQL's user passes through, where it is another one; the files in it are closed one by one.
  chmodSync(folder, user ? 0o711 : 0o700);
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['logs', 'work']) mkdirSync(at(name), { recursive: true, mode: 0o700 });

  const secretsFile = at('secrets.json');
  const stored = existsSync(secretsFile) ? (JSON.parse(readFileSync(secretsFile, 'utf8')) as Partial<Secrets>) : {};
  const secrets: Secrets = {
    id: randomBytes(8).toString('hex'),
    postgresPassword: random(),
    accessKeyId: random(),
    secretAccessKey: random(),
    authSecret: randomBytes(32).toString('base64url'),
    password: random(),
    apiKey: null,
    workerToken: null,
    ...stored,
  };
  const saveSecrets = (changes: Partial<Secrets>): void => {
    Object.assign(secrets, changes);
    writePrivateFile(secretsFile, JSON.stringify(secrets, null, 2));
  };
  saveSecrets({});

  let postgres = at('postgres');
  if (user && !isReachable(postgres, user)) postgres = postgresOutside(folder, secrets.id);
  return { path: folder, postgres, seaweedfs: at('seaweedfs'), logs: at('logs'), work: at('work'), secrets, saveSecrets };
}

/**
 * A data folder for root's PostgreSQL where its user can reach it, named after the state folder's id: a state folder that was
 * removed and made again gets another one. Those of removed state folders are cleared away.
 */
function postgresOutside(stateFolder: string, id: string): string {
  const all = path.join(systemFolder(), 'stacks');
  mkdirSync(all, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(all)) {
    const folder = path.join(all, name);
    const owner = existsSync(path.join(folder, 'state')) ? readFileSync(path.join(folder, 'state'), 'utf8') : null;
    const secretsFile = owner === null ? null : path.join(owner, 'secrets.json');
    if (secretsFile === null || name === id) continue;
    const inUse = existsSync(secretsFile) && (JSON.parse(readFileSync(secretsFile, 'utf8')) as Partial<Secrets>).id === name;
    if (!inUse) rmSync(folder, { recursive: true, force: true });
  }
  const own = path.join(all, id);
  mkdirSync(own, { recursive: true, mode: 0o755 });
  writeFileSync(path.join(own, 'state'), stateFolder);
  return path.join(own, 'postgres');
}

/** A file that only its owner may read; readers see the old contents or the new. */
export function writePrivateFile(file: string, text: string): void {
  const temporary = `${file}.new.${process.pid}`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, file);
}
