import { z } from 'zod';
import type { Storage } from './objectStorage.ts';
import { StackError } from './stackError.ts';

/** Parts that the person brings instead of the embedded ones. */
export interface StackEnvironment {
  databaseUrl: string | null;
  storage: Storage | null;
}

const filled = z.string().min(1);
const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'is not an address of the form postgres://user:password@host:port/database' }).optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'is not an address of the form http://host:port' }).optional(),
  S3_REGION: filled.default('us-east-1'),
  S3_BUCKET: filled.default('thaw'),
  S3_ACCESS_KEY_ID: filled.optional(),
  S3_SECRET_ACCESS_KEY: filled.optional(),
});

/**
 * Reads DATABASE_URL and S3_*; an empty variable counts as unset.
 * @throws StackError naming the variable that cannot be used.
 */
export function readStackEnvironment(env: NodeJS.ProcessEnv): StackEnvironment {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StackError(`The environment variable ${String(issue?.path[0])} ${issue?.message ?? 'cannot be used'}.`);
  }
  const { DATABASE_URL, S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = parsed.data;
  if (S3_ENDPOINT === undefined) return { databaseUrl: DATABASE_URL ?? null, storage: null };
  if (S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined) {
    throw new StackError('S3_ENDPOINT needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY beside it. Set them, or unset S3_ENDPOINT to use the embedded S3 server.');
  }
  const storage = { endpoint: S3_ENDPOINT, region: S3_REGION, bucket: S3_BUCKET, accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
  return { databaseUrl: DATABASE_URL ?? null, storage };
}
