import { UsageError } from '../stack/stackError.ts';
import { fromCaller, parseOptions, readStackArguments } from '../stackArguments.ts';

export const usage = `npm run backup -- --to FOLDER [options]

  --to FOLDER    where backups are kept: each adds what the ones before it do not have
  --keep N       afterwards keep the newest N backups only, and what they need
  --state DIR    state folder of the local stack (default: .thaw in the checkout), whether it runs or not
  --json FILE    write what was done

DATABASE_URL, S3_ENDPOINT (with S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION) and AUTH_SECRET name a deployment of your
own, as they do for its API.`;

export interface BackupArguments {
  folder: string;
  keep: number | null;
  stateFolder: string;
  jsonFile: string | null;
}

/** Reads the command line; null where help is asked for. @throws UsageError with a sentence */
export function readBackupArguments(args: readonly string[], env: NodeJS.ProcessEnv): BackupArguments | null {
  const text = { type: 'string' } as const;
  const values = parseOptions({ to: text, keep: text, state: text, json: text, help: { type: 'boolean', default: false } }, `\n${usage}`, args);
  if (values.help) return null;
  const { to, keep, state, json } = values;
  if (to === undefined || to === '') throw new UsageError(`Name a folder for the backup with --to.\n\n${usage}`);
  if (keep !== undefined && !/^[1-9]\d{0,5}$/.test(keep)) throw new UsageError(`--keep takes how many backups to keep, 1 or more; ${JSON.stringify(keep)} is none.`);
  const { stateFolder, jsonFile } = readStackArguments({ state, json }, env);
  return { folder: fromCaller(to, env), keep: keep === undefined ? null : Number(keep), stateFolder, jsonFile };
}
