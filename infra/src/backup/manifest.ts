import { hkdfSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../stack/stackError.ts';
import { manifestFile } from './backupFolder.ts';

/** A manifest names tables and columns, and nothing that grows with the state. */
const maxManifestBytes = 4 * 2 ** 20;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A file packed with zstd. `textBytes` and `lines` are those of what is in it. */
const packedFile = z.strictObject({ bytes: count, sha256, textBytes: count, lines: count });
export type PackedFile = z.infer<typeof packedFile>;

const manifest = z.strictObject({
  format: z.literal('thaw-backup-1'),
  /** Of the database's snapshot, by its clock. */
  madeAt: z.iso.datetime(),
  /** The last step of the schema. */
  migration: z.strictObject({ tag: z.string().regex(/^\d{4}_[a-z0-9_]{1,100}$/), hash: sha256 }),
  /** Of AUTH_SECRET, see fingerprint. */
  secret: z.string().regex(/^[0-9a-f]{32}$/),
  /** Whether secrets.json is beside it. */
  secrets: z.boolean(),
  /** Rows as PostgreSQL's COPY writes them as text. */
  tables: z.array(z.strictObject({ name: identifier, columns: z.array(identifier).min(1).max(200), file: packedFile })).max(200),
  /** Of identity columns. `last`: the last number that was given out, or 0. */
  sequences: z.array(z.strictObject({ table: identifier, column: identifier, last: count })).max(200),
  objects: z.strictObject({ count: count.max(10_000_000), bytes: count, missing: count, file: packedFile }),
});
export type BackupManifest = z.infer<typeof manifest>;

/** A line of objects.ndjson.zst: an object that a row names. `sha256` null: the storage did not have it. */
export const objectEntry = z.strictObject({
  key: z.string().max(500).regex(/^(datasets|runs|weights)(\/[\w.-]+)+$/).refine((key) => !key.split('/').some((part) => /^\.+$/.test(part))),
  bytes: count,
  sha256: sha256.nullable(),
});
export type ObjectEntry = z.infer<typeof objectEntry>;

export const stateSecrets = z.strictObject({ authSecret: z.string().min(32), password: z.string().min(1), apiKey: z.string().nullable(), workerToken: z.string().nullable() });
export type StateSecrets = z.infer<typeof stateSecrets>;

/** Tells whether a secret is the same as another, and nothing else about it. */
export const fingerprint = (authSecret: string): string => Buffer.from(hkdfSync('sha256', authSecret, '', 'thaw backup', 16)).toString('hex');

/** @throws UsageError for a file that is no manifest */
export function readManifest(snapshot: string): BackupManifest {
  const file = manifestFile(snapshot);
  const refuse = (why: string): UsageError => new UsageError(`${file} is no manifest of a backup that this version of Thaw understands: ${why}.`);
  if (statSync(file).size > maxManifestBytes) throw refuse('it is too large');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw refuse('it is no JSON');
  }
  const parsed = manifest.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.')}: ${issue?.message}`);
}
