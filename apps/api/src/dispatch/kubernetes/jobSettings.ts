import { z } from 'zod';
import { imageVariables, workerImages, type WorkerImage } from '../workerImages.ts';

/** A name of Kubernetes that is part of others. */
const label = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'may have small letters, digits and dashes, and neither begins nor ends with one');
const name = z.string().regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'is no name of Kubernetes').max(253);
const quantity = z.union([z.string().regex(/^\d+(\.\d+)?(m|[kMGTP]|[KMGTP]i)?$/, 'is no quantity of Kubernetes, such as 500m, 2 or 8Gi'), z.number().positive().transform(String)]);
const texts = z.record(z.string().min(1), z.string());

const toleration = z.strictObject({
  key: z.string().exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: z.string().exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: z.number().int().exactOptional(),
});

const pod = z.strictObject({
  resources: z.strictObject({ requests: z.record(z.string(), quantity).default({}), limits: z.record(z.string(), quantity).default({}) }).prefault({}),
  /** A resource of which each worker has one, such as `nvidia.com/gpu`; unset: no GPU. */
  gpu: z.string().min(1).optional(),
  nodeSelector: texts.default({}),
  tolerations: z.array(toleration).default([]),
  annotations: texts.default({}),
  priorityClassName: name.optional(),
  runtimeClassName: name.optional(),
  /** From the request to stop until it is killed: it writes a checkpoint meanwhile. */
  stopSeconds: z.number().int().min(10).max(3600).default(60),
  /** The local queue of Kueue that lets its Jobs start. */
  kueueQueue: name.optional(),
  /** Sizes of what it may write to disk. */
  work: quantity.default('20Gi'),
  cache: quantity.default('20Gi'),
  /** A volume that its workers share (ReadWriteMany), for what they fetch. */
  cacheClaim: name.optional(),
});

/** How the Pods of one kind of worker are. */
export type PodSettings = z.output<typeof pod>;

const podText = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('must be a JSON object');
      return z.NEVER;
    }
  })
  .pipe(pod);

/** What a dispatcher reads to start workers as Jobs. */
export const jobVariables = {
  ...imageVariables,
  /** No other Thaw in the namespace has this name: Jobs are known by it, and their names begin with it. */
  THAW_DEPLOYMENT: z.string({ error: 'is a name for this Thaw that no other in the same namespace has' }).pipe(label.max(30)),
  /** Unset: that of the dispatcher's Pod, or of the context in KUBECONFIG. */
  THAW_KUBERNETES_NAMESPACE: label.max(63).optional(),
  /** The Secret with the token of the workers, and its key. The dispatcher itself does not need to read it. */
  THAW_WORKER_TOKEN_SECRET: z.string({ error: 'is the name of the Secret that holds the token of the workers' }).pipe(name),
  THAW_WORKER_TOKEN_KEY: z.string().regex(/^[-._a-zA-Z0-9]+$/, 'is a key of a Secret').default('token'),
  THAW_WORKER_SERVICE_ACCOUNT: name.optional(),
  THAW_IMAGE_PULL_SECRETS: z.string().default('').transform((text) => text.split(',').map((one) => one.trim()).filter((one) => one !== '')).pipe(z.array(name)),
  THAW_WORKER_POD: podText,
  THAW_INGEST_POD: podText,
  THAW_TASK_POD: podText,
  /** A Job that has ended stays for so long, with what it has logged. */
  THAW_JOB_TTL_SECONDS: z.coerce.number().int().min(0).max(1e7).default(600),
  /** A worker for which there has been no room for so long is given up; unset: never, since a busy cluster is no fault. */
  THAW_UNSCHEDULABLE_MINUTES: z.coerce.number().positive().max(1e5).optional(),
  /** A node may have to come, and to fetch the image, before a worker can ask for work. */
  THAW_LAUNCH_SECONDS: z.coerce.number().min(1).max(1e7).default(900),
};

export type JobEnvironment = z.infer<z.ZodObject<typeof jobVariables>>;

/** What does not go together. @returns null: nothing */
export function wrongJobVariable(env: JobEnvironment): { path: string[]; message: string } | null {
  const { THAW_LAUNCH_SECONDS: seconds, THAW_UNSCHEDULABLE_MINUTES: minutes = 0 } = env;
  if ((env.THAW_WORKER_IMAGE ?? env.THAW_INGEST_IMAGE ?? env.THAW_TASK_IMAGE) === undefined)
    return { path: ['THAW_WORKER_IMAGE'], message: 'or THAW_INGEST_IMAGE or THAW_TASK_IMAGE is the name of the image to start workers of' };
  // A piece of work whose worker is given up is told why while it still waits for that one.
  return seconds > minutes * 60 ? null : { path: ['THAW_LAUNCH_SECONDS'], message: `must be more than ${minutes * 60}, which are THAW_UNSCHEDULABLE_MINUTES` };
}

/** What is the same of a deployment's Jobs, whatever their workers do. */
export interface JobSettings extends WorkerImage {
  pod: PodSettings;
  token: { secret: string; key: string };
  serviceAccount: string | null;
  pullSecrets: readonly string[];
  ttlSeconds: number;
}

/** The Jobs of each kind of work; null: someone else starts its workers. */
export function jobSettings(env: JobEnvironment, variables: NodeJS.ProcessEnv): Record<'runs' | 'imports' | 'tasks', JobSettings | null> {
  const images = workerImages(env, variables);
  const of = (image: WorkerImage | null, settings: PodSettings): JobSettings | null =>
    image && {
      ...image,
      pod: settings,
      token: { secret: env.THAW_WORKER_TOKEN_SECRET, key: env.THAW_WORKER_TOKEN_KEY },
      serviceAccount: env.THAW_WORKER_SERVICE_ACCOUNT ?? null,
      pullSecrets: env.THAW_IMAGE_PULL_SECRETS,
      ttlSeconds: env.THAW_JOB_TTL_SECONDS,
    };
  return { runs: of(images.runs, env.THAW_WORKER_POD), imports: of(images.imports, env.THAW_INGEST_POD), tasks: of(images.tasks, env.THAW_TASK_POD) };
}
