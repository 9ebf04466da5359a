import { UsageError } from '../stack/stackError.ts';
import { fromCaller, parseOptions, readStackArguments } from '../stackArguments.ts';

export const usage = `npm run restore -- --from FOLDER [options]

  --from FOLDER   a folder of backups (the newest is taken), or one of them: FOLDER/snapshots/TIME
  --check         only read the backup through and say whether it is whole
  --new-secret    go on although AUTH_SECRET is another than the backup's
  --state DIR     state folder of the local stack (default: .thaw in the checkout): a new one
  --json FILE     write what was done, or what was found whole

DATABASE_URL, S3_ENDPOINT (with S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION) and AUTH_SECRET name a deployment of your
own, as they do for its API. Its database and its bucket must be empty, and nothing of Thaw may run on them.`;

export interface RestoreArguments {
  from: string;
  check: boolean;
  newSecret: boolean;
  stateFolder: string;
  jsonFile: string | null;
}

/** Reads the command line; null where help is asked for. @throws UsageError with a sentence */
export function readRestoreArguments(args: readonly string[], env: NodeJS.ProcessEnv): RestoreArguments | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const values = parseOptions({ from: text, check: flag, 'new-secret': flag, state: text, json: text, help: flag }, `\n${usage}`, args);
  if (values.help) return null;
  const { from, state, json } = values;
  if (from === undefined || from === '') throw new UsageError(`Name the folder of backups with --from.\n\n${usage}`);
  const { stateFolder, jsonFile } = readStackArguments({ state, json }, env);
  return { from: fromCaller(from, env), check: values.check, newSecret: values['new-secret'], stateFolder, jsonFile };
}
