import { z } from 'zod';
import { launchedWorker } from './launcher.ts';

/** A worker as a container of one of our images, wherever that runs. */
export interface WorkerImage {
  image: string;
  /** Program and arguments; null: the image's own. */
  command: readonly [string, ...string[]] | null;
  /** All that it gets to know of its surroundings, its name and its token apart. */
  environment: Readonly<Record<string, string>>;
}

/** The user of our images, and its group: it owns nothing but `work` and `cache` in the folder. */
export const imageUser = 10001;
export const imageFolder = '/var/lib/thaw';

/** Labels by which a dispatcher knows its workers again. */
export const workerLabels = {
  deployment: 'thaw.deployment',
  /** Name of the queue: `run`, `import`, `task`. */
  queue: 'thaw.queue',
  work: 'thaw.work',
} as const;

const workers = z.coerce.number().int().min(1).max(100_000);
export const image = z.string().regex(/^[\w][\w./:@-]{0,254}$/, 'is the name of an image, such as thaw-worker-cpu:0.1.0');

/** What a dispatcher reads to start workers of images. A kind without an image is started by someone else. */
export const imageVariables = {
  THAW_API_URL: z.url({ protocol: /^https?$/, error: 'is the address of the API as containers reach it, such as http://api:3001' }),
  THAW_WORKER_IMAGE: image.optional(),
  MAX_WORKERS: workers.default(1),
  THAW_INGEST_IMAGE: image.optional(),
  MAX_INGEST_WORKERS: workers.default(1),
  /** The trainer's image for CPUs serves: exports and previews are made by another program in it. */
  THAW_TASK_IMAGE: image.optional(),
  MAX_TASK_WORKERS: workers.default(1),
  /** Without work for so long a worker ends. */
  THAW_IDLE_SECONDS: z.coerce.number().min(1).max(1e9).default(60),
};

/** A worker's own variables and those of its engine. Paths and the system's settings are the image's. */
function inherited(variables: NodeJS.ProcessEnv): Record<string, string> {
  const names = /^(TZ|TF_[A-Z0-9_]+|OMP_[A-Z_]+|THAW_(STORAGE|DEVICE|CACHE_GB|DECODERS|SILENT_MINUTES|STOP_SECONDS))$/;
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value !== undefined && value !== '' && names.test(name) ? [[name, value]] : [])));
}

/** The image of each kind of work; null: someone else starts its workers. */
export function workerImages(env: z.infer<z.ZodObject<typeof imageVariables>>, variables: NodeJS.ProcessEnv): Record<'runs' | 'imports' | 'tasks', WorkerImage | null> {
  const environment = { ...launchedWorker, ...inherited(variables), THAW_API_URL: env.THAW_API_URL, THAW_IDLE_SECONDS: String(env.THAW_IDLE_SECONDS) };
  const of = (name: string | undefined, command: WorkerImage['command'] = null): WorkerImage | null => (name === undefined ? null : { image: name, command, environment });
  return { runs: of(env.THAW_WORKER_IMAGE), imports: of(env.THAW_INGEST_IMAGE), tasks: of(env.THAW_TASK_IMAGE, ['node', 'workers/gpu/src/taskWorker.ts']) };
}
