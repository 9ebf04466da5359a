import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { image, imageVariables, workerImages, type WorkerImage } from '../workerImages.ts';

/** How the containers of one kind of worker are. */
export interface ContainerSettings extends WorkerImage {
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

/** What a dispatcher reads to start workers as containers. */
export const containerVariables = {
  ...imageVariables,
  THAW_WORKER_IMAGE: image,
  /** No other Thaw on the same Docker host has this name: containers are known by it. */
  THAW_DEPLOYMENT: z.string({ error: 'is a name for this Thaw that no other on the same Docker host has' }).regex(/^[a-zA-Z0-9][\w.-]{0,62}$/, 'may have letters, digits, dots, dashes and underscores, up to 63'),
  THAW_WORKER_TOKEN: z.string().optional(),
  /** A file with the token, where it is not in the environment. */
  THAW_WORKER_TOKEN_FILE: z.string().optional(),
  THAW_WORKER_NETWORK: z.string().default('bridge'),
  THAW_WORKER_MEMORY_GB: size,
  THAW_WORKER_CPUS: size,
  /** `all`, or ids of GPUs (`0,1,2`, or what `nvidia-smi -L` shows) for one container each; unset: no GPU. */
  THAW_WORKER_GPUS: z
    .string()
    .transform((text) => (text === 'all' ? ('all' as const) : text.split(',').map((id) => id.trim())))
    .refine((gpus) => gpus === 'all' || (gpus.every((id) => /^[\w:.-]+$/.test(id)) && new Set(gpus).size === gpus.length), 'is "all", or different ids of GPUs with commas between')
    .optional(),
  THAW_INGEST_MEMORY_GB: size,
  THAW_INGEST_CPUS: size,
  THAW_TASK_MEMORY_GB: size,
  THAW_TASK_CPUS: size,
  /** Processes and threads of a container at most. */
  THAW_WORKER_PIDS: z.coerce.number().int().min(64).max(1_000_000).default(2048),
};

export type ContainerEnvironment = z.infer<z.ZodObject<typeof containerVariables>>;

/** @throws Error with a sentence */
export function readWorkerToken(env: Pick<ContainerEnvironment, 'THAW_WORKER_TOKEN' | 'THAW_WORKER_TOKEN_FILE'>): string {
  const token = env.THAW_WORKER_TOKEN ?? (env.THAW_WORKER_TOKEN_FILE === undefined ? '' : readFileSync(env.THAW_WORKER_TOKEN_FILE, 'utf8').trim());
  if (token === '') throw new Error('The dispatcher needs the token of its workers: set THAW_WORKER_TOKEN, or THAW_WORKER_TOKEN_FILE to a file that holds it.');
  return token;
}

/** The containers of each kind of work; null: someone else starts its workers. */
export function containerSettings(env: ContainerEnvironment, variables: NodeJS.ProcessEnv): Record<'runs' | 'imports' | 'tasks', ContainerSettings | null> {
  const images = workerImages(env, variables);
  const of = (image: WorkerImage | null, gigabytes: number | undefined, cpus: number | undefined, gpus: ContainerSettings['gpus'] = null): ContainerSettings | null =>
    image && {
      ...image,
      network: env.THAW_WORKER_NETWORK,
      memory: gigabytes === undefined ? null : Math.round(gigabytes * 2 ** 30),
      cpus: cpus ?? null,
      pids: env.THAW_WORKER_PIDS,
      gpus,
    };
  return {
    runs: of(images.runs, env.THAW_WORKER_MEMORY_GB, env.THAW_WORKER_CPUS, env.THAW_WORKER_GPUS ?? null),
    imports: of(images.imports, env.THAW_INGEST_MEMORY_GB, env.THAW_INGEST_CPUS),
    tasks: of(images.tasks, env.THAW_TASK_MEMORY_GB, env.THAW_TASK_CPUS),
  };
}
