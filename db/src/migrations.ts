import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const migrationsFolder = path.resolve(import.meta.dirname, '../migrations');

/** A step of the schema. Its name and the SHA-256 of its text tell it from one that another version of Thaw has in its place. */
export interface Migration {
  tag: string;
  /** Hex. */
  hash: string;
  /** When it was written, ms since 1970: steps are applied in this order, and the database notes it. */
  when: number;
}

interface Journal {
  entries: { tag: string; when: number }[];
}

const readJournal = (): Journal => JSON.parse(readFileSync(path.join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as Journal;

/** All that this version of Thaw knows, oldest first. */
export const knownMigrations = (): Migration[] =>
  readJournal().entries.map(({ tag, when }) => ({ tag, when, hash: createHash('sha256').update(readFileSync(path.join(migrationsFolder, `${tag}.sql`), 'utf8')).digest('hex') }));

/** Names of the tables that there are after a migration. */
export function tablesAfter({ tag }: Migration): string[] {
  const snapshot = JSON.parse(readFileSync(path.join(migrationsFolder, `meta/${tag.slice(0, 4)}_snapshot.json`), 'utf8')) as { tables: Record<string, { name: string }> };
  return Object.values(snapshot.tables).map(({ name }) => name);
}

/** Has `work` see a folder of migrations that ends with `tag`. */
export async function withMigrationsThrough<T>(tag: string, work: (folder: string) => Promise<T>): Promise<T> {
  const journal = readJournal();
  const count = journal.entries.findIndex((entry) => entry.tag === tag) + 1;
  if (count === 0) throw new Error(`There is no migration ${tag}.`);
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-migrations-'));
  try {
    const entries = journal.entries.slice(0, count);
    for (const entry of entries) cpSync(path.join(migrationsFolder, `${entry.tag}.sql`), path.join(folder, `${entry.tag}.sql`));
    mkdirSync(path.join(folder, 'meta'));
    writeFileSync(path.join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
