import type { Quota } from '@thaw/contract/quotas';
import path from 'node:path';
import { z } from 'zod';
import { accountVariables, missingAccountVariable, origins } from './accounts/accountEnvironment.ts';
import { containerVariables } from './dispatch/docker/containerSettings.ts';
import { jobVariables, wrongJobVariable } from './dispatch/kubernetes/jobSettings.ts';
import { launchedWorker } from './dispatch/launcher.ts';
import type { StorageSettings } from './storage/storage.ts';
import { readPrivatePlaces } from './webhooks/addressPolicy.ts';

const count = z.coerce.number().int().min(1).max(100_000);

const limit = z.coerce.number().int().min(0).max(1e15).optional();
/** Limits of each person, where an administrator has set no other; unset: none. See Quota. */
const quotaVariables = {
  QUOTA_ACTIVE_RUNS: limit,
  QUOTA_WAITING_RUNS: limit.default(1000),
  QUOTA_STORAGE_BYTES: limit,
  QUOTA_GPU_MINUTES: limit,
  QUOTA_DATASETS: limit,
};

export const authSecretForm = z.string().regex(/^[\x21-\x7e]{32,}$/, 'must be 32 characters or more, without spaces');
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'is the address of the database, such as postgres://thaw@localhost:5432/thaw' });
const databaseVariables = {
  DATABASE_URL: databaseUrl,
  /** Where DATABASE_URL leads to a pooler that gives out connections by the transaction, the way past it. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  /** At the start a database that does not answer yet is waited for. */
  DATABASE_WAIT_SECONDS: z.coerce.number().min(0).max(3600).default(30),
};
const databaseEnvironment = z.object(databaseVariables);

const shared = {
  ...databaseVariables,
  /** Connections of a process at most, those for notifications and housekeeping apart. Default: 10 of a server, 4 of a dispatcher, 2 of a function. */
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(1000).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  ...quotaVariables,
  /** So many days after the end of a run go those of its checkpoints that are neither the last, the best, pinned nor exported; unset: none. */
  CHECKPOINT_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).optional(),
  /** Secrets in the database are encrypted with keys made of it. The same for all processes; unset: there are no webhooks. */
  AUTH_SECRET: authSecretForm.optional(),
  /** Private hosts and networks that webhooks may go to, also by http: `hooks.internal,10.0.0.0/8`; unset: none. */
  WEBHOOK_ALLOW_PRIVATE: z.string().default('').transform((text, context) => {
    try {
      return readPrivatePlaces(text);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  }),
};

const storageVariables = {
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'is the address of the object storage' }),
  /** Address of the object storage for people, where they reach it by another one than the API does. */
  S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/, error: 'is the address under which people reach the object storage' }).optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_BUCKET: z.string({ error: 'is the name of the bucket' }),
  S3_ACCESS_KEY_ID: z.string({ error: 'is the access key of the object storage' }),
  S3_SECRET_ACCESS_KEY: z.string({ error: 'is the secret key of the object storage' }),
};
const storageEnvironment = z.object(storageVariables);

const serverEnvironment = z
  .object({
    ...shared,
    ...storageVariables,
    ...accountVariables,
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3001),
    /** Told to stop, the server says so on /readyz for so long before it takes no more requests. */
    STOP_DELAY_SECONDS: z.coerce.number().min(0).max(300).default(0),
    /** After so long without a sign of life a run is taken from its worker. */
    LEASE_SECONDS: z.coerce.number().min(1).max(3600).default(30),
    /** Default: a third of the lease. */
    HEARTBEAT_SECONDS: z.coerce.number().min(0.1).max(1200).optional(),
    /** Processes at most that look at pictures for predictions; each is started when it is needed. */
    PREDICT_PROCESSES: z.coerce.number().int().min(1).max(64).default(2),
    /** Where models for predictions stay; unset: in a temporary folder that goes when the API ends. */
    MODEL_CACHE_DIR: z.string().optional(),
    /** What a monitor sends as a bearer token to read /metrics; unset: there is no /metrics. */
    METRICS_TOKEN: z.string().regex(/^[\x21-\x7e]{16,}$/, 'must be 16 characters or more, without spaces').optional(),
    /** Origins of pages elsewhere that may call the API from a browser, with commas between; unset: none. */
    CORS_ORIGINS: origins.default([]),
  })
  .transform((env) => ({ ...env, HEARTBEAT_SECONDS: env.HEARTBEAT_SECONDS ?? env.LEASE_SECONDS / 3 }))
  .refine((env) => env.HEARTBEAT_SECONDS <= env.LEASE_SECONDS / 2, { path: ['HEARTBEAT_SECONDS'], error: 'must be half of LEASE_SECONDS at most' })
  .superRefine((env, context) => {
    const missing = missingAccountVariable(env);
    if (missing !== null) context.addIssue({ code: 'custom', path: [missing.path], message: missing.message });
  });
export type ServerEnvironment = z.infer<typeof serverEnvironment>;

const command = z
  .string({ error: 'is the worker\'s program and arguments as a JSON array, such as ["node","workers/gpu/src/main.ts"]' })
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('must be a JSON array of texts');
      return z.NEVER;
    }
  })
  .pipe(z.tuple([z.string()], z.string()));

/** A worker that was started must claim a run within this. */
const launchSeconds = { THAW_LAUNCH_SECONDS: z.coerce.number().min(1).max(3600).default(60) };

const dispatcherEnvironment = z.discriminatedUnion('THAW_LAUNCHER', [
  z.object({
    ...shared,
    THAW_LAUNCHER: z.literal('process'),
    THAW_WORKER_COMMAND: command,
    MAX_WORKERS: count.default(1),
    /** Each worker sees one of them; unset: all see all. */
    THAW_WORKER_GPUS: containerVariables.THAW_WORKER_GPUS,
    /** Program and arguments of an ingest worker; unset: someone else starts them. */
    THAW_INGEST_COMMAND: command.optional(),
    MAX_INGEST_WORKERS: count.default(1),
    /** The same of a task worker: exports and previews, on a CPU. */
    THAW_TASK_COMMAND: command.optional(),
    MAX_TASK_WORKERS: count.default(1),
    ...launchSeconds,
  }),
  z.object({ ...shared, THAW_LAUNCHER: z.literal('docker'), ...containerVariables, ...launchSeconds }),
  z.object({ ...shared, THAW_LAUNCHER: z.literal('kubernetes'), ...jobVariables }),
  z.object({ ...shared, THAW_LAUNCHER: z.literal('none') }),
]).superRefine((env, context) => {
  const wrong = env.THAW_LAUNCHER === 'kubernetes' ? wrongJobVariable(env) : null;
  if (wrong !== null) context.addIssue({ code: 'custom', ...wrong });
  if (env.THAW_LAUNCHER !== 'docker' && env.THAW_LAUNCHER !== 'process') return;
  const gpus = Array.isArray(env.THAW_WORKER_GPUS) ? env.THAW_WORKER_GPUS.length : Infinity;
  if (env.MAX_WORKERS > gpus) context.addIssue({ code: 'custom', path: ['MAX_WORKERS'], message: `must be ${gpus} at most: each worker has one of THAW_WORKER_GPUS to itself` });
});
/** `storage` null: none was named, and nothing is swept. */
export type DispatcherEnvironment = z.infer<typeof dispatcherEnvironment> & { storage: StorageSettings | null };

/** @throws Error with a line for each variable that is wrong; values are not repeated, some are secrets */
function read<T>(schema: z.ZodType<T>, variables: NodeJS.ProcessEnv, who: string): T {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new Error(`${who} cannot start:\n${result.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`).join('\n')}`);
}

export const readServerEnvironment = (variables: NodeJS.ProcessEnv): ServerEnvironment => read(serverEnvironment, variables, 'The API');

export const readDispatcherEnvironment = (variables: NodeJS.ProcessEnv): DispatcherEnvironment => ({
  ...read(dispatcherEnvironment, { ...variables, THAW_LAUNCHER: variables['THAW_LAUNCHER'] || 'none' }, 'The dispatcher'),
  storage: variables['S3_ENDPOINT'] ? storageSettings(read(storageEnvironment, variables, 'The dispatcher')) : null,
});

interface DatabaseVariables extends z.infer<typeof databaseEnvironment> {
  DATABASE_CONNECTIONS?: number | undefined;
}

/** The pool of a process. @param usual connections where the environment says nothing else */
export const databaseSettings = (env: DatabaseVariables, usual: number): { url: string; max: number; pooler: boolean } => ({
  url: env.DATABASE_URL,
  max: env.DATABASE_CONNECTIONS ?? usual,
  pooler: env.DATABASE_DIRECT_URL !== undefined,
});

/** For what needs a session of its own: notifications, the lock of migrations, housekeeping. */
export const directUrl = (env: DatabaseVariables): string => env.DATABASE_DIRECT_URL ?? env.DATABASE_URL;

export function readMigrationEnvironment(variables: NodeJS.ProcessEnv): { url: string; waitSeconds: number } {
  const env = read(databaseEnvironment, variables, 'The migration');
  return { url: directUrl(env), waitSeconds: env.DATABASE_WAIT_SECONDS };
}

export const quotaDefaults = (env: z.infer<z.ZodObject<typeof quotaVariables>>): Quota => ({
  activeRuns: env.QUOTA_ACTIVE_RUNS ?? null,
  waitingRuns: env.QUOTA_WAITING_RUNS,
  storageBytes: env.QUOTA_STORAGE_BYTES ?? null,
  gpuMinutes: env.QUOTA_GPU_MINUTES ?? null,
  datasets: env.QUOTA_DATASETS ?? null,
});

export const storageSettings = (env: z.infer<typeof storageEnvironment>): StorageSettings => ({
  endpoint: env.S3_ENDPOINT,
  publicEndpoint: env.S3_PUBLIC_ENDPOINT,
  region: env.S3_REGION,
  bucket: env.S3_BUCKET,
  accessKeyId: env.S3_ACCESS_KEY_ID,
  secretAccessKey: env.S3_SECRET_ACCESS_KEY,
});

/** What a worker process may inherit: settings of the system, of its engine and of its own. Never a credential of ours. */
export function workerEnvironment(variables: NodeJS.ProcessEnv): Record<string, string> {
  const inherited = /^(PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH|NODE_[A-Z_]+|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+|TF_[A-Z0-9_]+|OMP_[A-Z_]+)$/;
  const own = /^THAW_(API_URL|WORKER_TOKEN|STORAGE|DEVICE|WORK_DIR|CACHE_DIR|CACHE_GB|IDLE_SECONDS|SILENT_MINUTES|STOP_SECONDS)$/;
  const taken = Object.entries(variables).flatMap(([name, value]) => (value !== undefined && (inherited.test(name) || own.test(name)) ? [[name, value] as const] : []));
  return { ...launchedWorker, ...Object.fromEntries(taken) };
}

/** The same for workers at short jobs (imports, tasks), which have scratch of their own and end soon when nothing is to be done. */
export function shortLivedEnvironment(ofWorker: Readonly<Record<string, string>>, folder: 'ingest' | 'tasks'): Record<string, string> {
  const { THAW_WORK_DIR: scratch, THAW_IDLE_SECONDS = '60', ...rest } = ofWorker;
  return { ...rest, THAW_IDLE_SECONDS, ...(scratch !== undefined && { THAW_WORK_DIR: path.join(scratch, folder) }) };
}
