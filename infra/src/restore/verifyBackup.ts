import { TransferMeter } from '@thaw/archive/transferMeter';
import { knownMigrations } from '@thaw/db/migrations';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { findSnapshot, objectFile, objectsFile, secretsFile, snapshotFolder, tableFile } from '../backup/backupFolder.ts';
import { readManifest, stateSecrets, type BackupManifest, type ObjectEntry, type StateSecrets } from '../backup/manifest.ts';
import { readObjectList } from '../backup/readObjectList.ts';
import { formatBytes, formatCount } from '../demo/formatNumbers.ts';
import type { Screen } from '../demo/screen.ts';
import { UsageError } from '../stack/stackError.ts';
import { showProgress } from '../upload/showProgress.ts';
import { transferLine } from '../upload/transferLine.ts';

/** A backup as it says it is; whether all of its files are as they were written, verifyBackup finds out. */
export interface OpenBackup {
  folder: string;
  snapshot: string;
  manifest: BackupManifest;
  objects: ObjectEntry[];
  secrets: StateSecrets | null;
}

/** What a backup holds, for a summary. */
export interface BackupContents {
  snapshot: string;
  madeAt: string;
  migration: string;
  rows: number;
  objects: number;
  bytes: number;
  /** Keys that the storage did not have when the backup was made. */
  missing: string[];
}

interface ExpectedFile {
  file: string;
  bytes: number;
  sha256: string;
}

const shownFaults = 10;

/** Reads what a backup says of itself. @throws UsageError where there is none, or one of a newer version of Thaw */
export async function openBackup(from: string, signal: AbortSignal): Promise<OpenBackup> {
  const { folder, name } = findSnapshot(from);
  const snapshot = snapshotFolder(folder, name);
  const manifest = readManifest(snapshot);
  requireKnown(manifest);
  refuseFaults([await faultIn({ file: objectsFile(snapshot), ...manifest.objects.file }, signal)]);
  return { folder, snapshot, manifest, objects: await readObjectList(snapshot, manifest), secrets: manifest.secrets ? readSecrets(snapshot) : null };
}

export function contentsOf({ snapshot, manifest: { madeAt, migration, tables, objects: { count, bytes, missing } }, objects }: OpenBackup): BackupContents {
  const rows = tables.reduce((sum, { file }) => sum + file.lines, 0);
  const missingKeys = objects.flatMap(({ key, sha256 }) => (sha256 === null ? [key] : []));
  return { snapshot: path.basename(snapshot), madeAt, migration: migration.tag, rows, objects: count - missing, bytes, missing: missingKeys };
}

/** Reads all of a backup's files through. @throws UsageError where one is damaged or missing */
export async function verifyBackup(backup: OpenBackup, screen: Screen, signal: AbortSignal): Promise<void> {
  const { folder, snapshot, manifest, objects } = backup;
  const tables = manifest.tables.map((table) => ({ file: tableFile(snapshot, table.name), ...table.file }));
  const bySha256 = new Map(objects.flatMap(({ sha256, bytes }) => (sha256 === null ? [] : [[sha256, bytes]])));
  const files: ExpectedFile[] = [...tables, ...[...bySha256].map(([sha256, bytes]) => ({ file: objectFile(folder, sha256), bytes, sha256 }))];
  const meter = new TransferMeter(files.reduce((sum, { bytes }) => sum + bytes, 0), 0, Date.now());
  const progress = showProgress(screen, (columns) => transferLine(meter, 'checking', Date.now(), columns));
  const faults = [];
  try {
    let before = 0;
    for (const expected of files) {
      faults.push(await faultIn(expected, signal, (bytes) => meter.set(before + bytes, Date.now())));
      before += expected.bytes;
    }
  } finally {
    progress.stop();
  }
  refuseFaults(faults);
  screen.say(`${snapshot} is whole: ${describe(contentsOf(backup))}`);
}

function describe({ rows, objects, bytes, missing, madeAt }: BackupContents): string {
  const lost = missing.length === 0 ? '' : `; the storage lacked ${formatCount(missing.length)} more when it was made`;
  return `${formatCount(rows)} rows, ${formatCount(objects)} objects (${formatBytes(bytes)}), as of ${madeAt}${lost}`;
}

function requireKnown({ migration }: BackupManifest): void {
  const same = knownMigrations().find(({ tag }) => tag === migration.tag);
  if (same?.hash === migration.hash) return;
  throw new UsageError(`This backup is of a newer or another version of Thaw: its schema is ${migration.tag}, which this version does not have. Restore it with the version that made it, or a newer one.`);
}

function refuseFaults(found: readonly (string | null)[]): void {
  const faults = found.filter((fault) => fault !== null);
  if (faults.length === 0) return;
  const more = faults.length > shownFaults ? [`and ${faults.length - shownFaults} more`] : [];
  const lines = [...faults.slice(0, shownFaults), ...more].map((line) => `  ${line}`);
  throw new UsageError(['The backup is damaged:', ...lines, 'Take another one, or have whatever it was copied to give it back whole.'].join('\n'));
}

/** What is wrong with a file, as a sentence; null: nothing. */
async function faultIn({ file, bytes, sha256 }: ExpectedFile, signal: AbortSignal, onBytes: (bytes: number) => void = () => undefined): Promise<string | null> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return `${file} is missing`;
  if (!found.isFile()) return `${file} is no file`;
  if (found.size !== bytes) return `${file} has ${found.size} bytes instead of ${bytes}`;
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes((read += chunk.length));
  }
  return hash.digest('hex') === sha256 ? null : `${file} has other contents`;
}

function readSecrets(snapshot: string): StateSecrets {
  const file = secretsFile(snapshot);
  if (!existsSync(file)) throw new UsageError(`The backup is damaged: ${path.basename(file)} is missing in ${snapshot}.`);
  try {
    return stateSecrets.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UsageError(`The backup is damaged: ${file} cannot be read.`);
  }
}
