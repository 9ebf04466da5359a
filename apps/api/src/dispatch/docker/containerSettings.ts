import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** How the containers of one kind of worker are. */
export interface ContainerSettings {
  image: string;
  /** Program and arguments; null: the image's own. */
  command: readonly [string, ...string[]] | null;
  /** All that it gets to know of its surroundings, its name and its token apart. */
  environment: Readonly<Record<string, string>>;
  /** Name of a Docker network. It must reach the API and the storage; workers need nothing else. */
  network: string;
  /** Bytes of memory, cores and processes at most; null: no limit. */
  memory: number | null;
  cpus: number | null;
  pids: number;
  /** `all`: each container has all GPUs. Else ids of GPUs, of which each container has one to itself. Null: none. */
  gpus: 'all' | readonly string[] | null;
}

const size = z.coerce.number().positive().max(1e6).optional();
const workers = z.coerce.number().int().min(1).max(100_000);
const image = z.string().regex(/^[\w][\w./:@-]{0,254}$/, 'is the name of an image, such as thaw-worker-cpu:0.1.0');

/** What a dispatcher reads to start workers as containers. A kind without an image is started by someone else. */
export const containerVariables = {
  /** No other Thaw on the same Docker host has this name: containers are known by it. */
  THAW_DEPLOYMENT: z.string({ error: 'is a name for this Thaw that no other on the same Docker host has' }).regex(/^[a-zA-Z0-9][\w.-]{0,62}$/, 'may have letters, digits, dots, dashes and underscores, up to 63'),
  THAW_API_URL: z.url({ protocol: /^https?$/, error: 'is the address of the API as containers reach it, such as http://api:3001' }),
  THAW_WORKER_TOKEN: z.string().optional(),
  /** A file with the token, where it is not in the environment. */
  THAW_WORKER_TOKEN_FILE: z.string().optional(),
  THAW_WORKER_NETWORK: z.string().default('bridge'),
  THAW_WORKER_IMAGE: image,
  MAX_WORKERS: workers.default(1),
  THAW_WORKER_MEMORY_GB: size,
  THAW_WORKER_CPUS: size,
  /** `all`, or ids of GPUs (`0,1,2`, or what `nvidia-smi -L` shows) for one container each; unset: no GPU. */
  THAW_WORKER_GPUS: z
    .string()
    .transform((text) => (text === 'all' ? ('all' as const) : text.split(',').map((id) => id.trim())))
    .refine((gpus) => gpus === 'all' || (gpus.every((id) => /^[\w:.-]+$/.test(id)) && new Set(gpus).size === gpus.length), 'is "all", or different ids of GPUs with commas between')
    .optional(),
  THAW_INGEST_IMAGE: image.optional(),
  MAX_INGEST_WORKERS: workers.default(1),
  THAW_INGEST_MEMORY_GB: size,
  THAW_INGEST_CPUS: size,
  /** The trainer's image for CPUs serves: exports and previews are made by another program in it. */
  THAW_TASK_IMAGE: image.optional(),
  MAX_TASK_WORKERS: workers.default(1),
  THAW_TASK_MEMORY_GB: size,
  THAW_TASK_CPUS: size,
  /** Processes and threads of a container at most. */
  THAW_WORKER_PIDS: z.coerce.number().int().min(64).max(1_000_000).default(2048),
  /** Without work for so long a worker ends. */
  THAW_IDLE_SECONDS: z.coerce.number().min(1).max(1e9).default(60),
};

export type ContainerEnvironment = z.infer<z.ZodObject<typeof containerVariables>>;

/** @throws Error with a sentence */
export function readWorkerToken(env: Pick<ContainerEnvironment, 'THAW_WORKER_TOKEN' | 'THAW_WORKER_TOKEN_FILE'>): string {
  const token = env.THAW_WORKER_TOKEN ?? (env.THAW_WORKER_TOKEN_FILE === undefined ? '' : readFileSync(env.THAW_WORKER_TOKEN_FILE, 'utf8').trim());
  if (token === '') throw new Error('The dispatcher needs the token of its workers: set THAW_WORKER_TOKEN, or THAW_WORKER_TOKEN_FILE to a file that holds it.');
  return token;
}

/** A worker's own variables and those of its engine. Paths and the system's settings are the image's. */
function inherited(variables: NodeJS.ProcessEnv): Record<string, string> {
  const names = /^(TZ|TF_[A-Z0-9_]+|OMP_[A-Z_]+|THAW_(DEVICE|CACHE_GB|DECODERS|SILENT_MINUTES))$/;
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value !== undefined && value !== '' && names.test(name) ? [[name, value]] : [])));
}

/** The containers of each kind of work; null: someone else starts its workers. */
export function containerSettings(env: ContainerEnvironment, variables: NodeJS.ProcessEnv): Record<'runs' | 'imports' | 'tasks', ContainerSettings | null> {
  const environment = { ...inherited(variables), THAW_API_URL: env.THAW_API_URL, THAW_IDLE_SECONDS: String(env.THAW_IDLE_SECONDS) };
  const of = (name: string | undefined, gigabytes: number | undefined, cpus: number | undefined, more: Partial<ContainerSettings> = {}): ContainerSettings | null =>
    name === undefined
      ? null
      : {
          image: name,
          command: null,
          environment,
          network: env.THAW_WORKER_NETWORK,
          memory: gigabytes === undefined ? null : Math.round(gigabytes * 2 ** 30),
          cpus: cpus ?? null,
          pids: env.THAW_WORKER_PIDS,
          gpus: null,
          ...more,
        };
  return {
    runs: of(env.THAW_WORKER_IMAGE, env.THAW_WORKER_MEMORY_GB, env.THAW_WORKER_CPUS, { gpus: env.THAW_WORKER_GPUS ?? null }),
    imports: of(env.THAW_INGEST_IMAGE, env.THAW_INGEST_MEMORY_GB, env.THAW_INGEST_CPUS),
    tasks: of(env.THAW_TASK_IMAGE, env.THAW_TASK_MEMORY_GB, env.THAW_TASK_CPUS, { command: ['node', 'workers/gpu/src/taskWorker.ts'] }),
  };
}
