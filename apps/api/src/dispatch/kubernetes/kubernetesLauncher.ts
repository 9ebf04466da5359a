import { PatchStrategy, setHeaderOptions, type CoreV1Event, type V1Job, type V1Pod } from '@kubernetes/client-node';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { LauncherAway, type LaunchedWorker, type Launcher } from '../launcher.ts';
import { workerLabels } from '../workerImages.ts';
import { isAway, statusOf, wordsOf, type Cluster } from './cluster.ts';
import { jobManifest, jobName, notedLabel, workerAnnotation, workOf } from './jobManifest.ts';
import type { JobSettings } from './jobSettings.ts';
import { isFinished, jobDeleted, jobState, type Trouble } from './jobState.ts';

export interface KubernetesLauncherOptions {
  cluster: Cluster;
  deployment: string;
  /** Name of the queue that its workers serve. */
  queue: string;
  settings: JobSettings;
  log: Logger;
  /** For which a worker may be kept from starting by what does not mend itself, such as an image that is not there. */
  hopelessSeconds: number;
  /** For which it may be kept waiting for room in the cluster; null: as long as it takes. */
  roomSeconds: number | null;
}

/** A worker that the last list had. */
interface Known {
  job: string;
  launchedFor: string;
  trouble: Trouble | null;
  /** Since when it has been in that trouble, by this process's own clock. */
  since: number;
}

/** Names of Jobs that are tried where those before belong to Jobs that are going away. */
const rounds = 1000;

/**
 * Workers as Kubernetes Jobs, known by their labels. A dispatcher that ends in whatever way leaves them at their work, and the next one has
 * them in its list. Jobs that have ended are taken note of by a label, and Kubernetes removes them when their time is over.
 */
export function kubernetesLauncher({ cluster, deployment, queue, settings, log, hopelessSeconds, roomSeconds }: KubernetesLauncherOptions): Launcher {
  const { namespace, jobs, core } = cluster;
  const labelSelector = `${workerLabels.deployment}=${deployment},${workerLabels.queue}=${queue}`;
  /** The living workers that the last list had, by their names, and the names of all Jobs that it found. */
  let known: ReadonlyMap<string, Known> | null = null;
  let taken: ReadonlySet<string> = new Set();

  const asked = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw new LauncherAway(`Kubernetes cannot be asked: ${wordsOf(error)}`, { cause: error });
    }
  };
  const remove = async (name: string): Promise<void> => {
    await jobs.deleteNamespacedJob({ name, namespace, propagationPolicy: 'Background' }).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  };
  const note = async (name: string): Promise<void> => {
    const body = { metadata: { labels: { [notedLabel]: 'true' } } };
    await jobs.patchNamespacedJob({ name, namespace, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch)).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  };

  /** Pods of the Jobs about which there is more to know, by the names of these, and warnings about either. */
  async function look(unsettled: readonly V1Job[]): Promise<{ podsOf: (job: string) => V1Pod[]; warningsOf: (job: string) => CoreV1Event[] }> {
    if (unsettled.length === 0) return { podsOf: () => [], warningsOf: () => [] };
    const { items: pods } = await asked(core.listNamespacedPod({ namespace, labelSelector }));
    const podsOf = (job: string): V1Pod[] => pods.filter(({ metadata }) => metadata?.labels?.['batch.kubernetes.io/job-name'] === job);
    // Where neither Job nor Pod says what is the matter. Warnings about Jobs of others are few beside.
    const unexplained = unsettled.filter((job) => !isFinished(job) && needsWarnings(job, podsOf(job.metadata?.name ?? '')));
    if (unexplained.length === 0) return { podsOf, warningsOf: () => [] };
    const { items: warnings } = await asked(core.listNamespacedEvent({ namespace, fieldSelector: 'type=Warning', limit: 1000 }));
    const warningsOf = (job: string): CoreV1Event[] => {
      const names = new Set([job, ...podsOf(job).map(({ metadata }) => metadata?.name)]);
      return warnings.filter(({ involvedObject }) => names.has(involvedObject.name));
    };
    return { podsOf, warningsOf };
  }

  /** How a worker stands that is in some trouble, and why it is given up, if it is. */
  function judge(name: string, trouble: Trouble | null): Pick<Known, 'trouble' | 'since'> & { givenUp: string | null } {
    const before = known?.get(name);
    const now = performance.now();
    const since = before !== undefined && before.trouble?.hopeless === trouble?.hopeless ? before.since : now;
    if (trouble !== null && since === now) log.warn({ worker: name, trouble: trouble.words }, 'a worker cannot start yet');
    const limit = trouble === null ? null : trouble.hopeless ? hopelessSeconds : roomSeconds;
    if (trouble === null || limit === null || now - since < limit * 1000) return { trouble, since, givenUp: null };
    return { trouble, since, givenUp: trouble.hopeless ? trouble.words : `${trouble.words} (for ${Math.round(limit / 60)} minutes)` };
  }

  async function list(): Promise<LaunchedWorker[]> {
    const { items: all } = await asked(jobs.listNamespacedJob({ namespace, labelSelector }));
    const current = all.filter(({ metadata }) => metadata?.labels?.[notedLabel] === undefined);
    const { podsOf, warningsOf } = await look(current.filter(isUnsettled));
    const listed: LaunchedWorker[] = [];
    const living = new Map<string, Known>();
    for (const one of current) {
      const job = one.metadata?.name ?? '';
      const name = workerOf(one);
      const launchedFor = workOf(one.metadata?.labels?.[workerLabels.work] ?? '');
      const state = jobState(one, podsOf(job), warningsOf(job));
      const { givenUp, ...standing } = judge(name, state.ended === null ? state.trouble : null);
      const ended = state.ended ?? givenUp;
      // What cannot be noted now is told of when it can be, by whichever dispatcher does that.
      if (ended !== null && (await isNoted(job, givenUp === null ? note : remove))) {
        log[state.ended !== null && !state.failed ? 'info' : 'warn']({ worker: name, ended }, 'worker ended');
        listed.push({ name, launchedFor, ended, ...(state.ended !== null && state.lingers && { lingers: true }) });
        continue;
      }
      if (known === null) log.info({ worker: name, for: launchedFor }, 'worker found that an earlier dispatcher has started');
      listed.push({ name, launchedFor, ended: null, waits: state.ended !== null || state.waits });
      living.set(name, { job, launchedFor, ...standing });
    }
    taken = new Set(all.map(({ metadata }) => metadata?.name ?? ''));
    const present = new Set(all.map(workerOf));
    for (const [name, { launchedFor }] of known ?? []) {
      if (present.has(name)) continue;
      log.warn({ worker: name, ended: jobDeleted.ended }, 'worker ended');
      listed.push({ name, launchedFor, ...jobDeleted });
    }
    known = living;
    return listed;
  }

  async function isNoted(job: string, how: (job: string) => Promise<void>): Promise<boolean> {
    try {
      await how(job);
      return true;
    } catch (error) {
      log.warn({ err: error, job }, 'the end of a worker cannot be noted now');
      return false;
    }
  }

  async function launch(workId: string): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const name = jobName({ deployment, queue, workId }, round);
      // Of a worker that is not enough, or gone: it was looked at just before.
      if (taken.has(name)) continue;
      const worker = `${name}-${randomBytes(3).toString('hex')}`;
      try {
        await jobs.createNamespacedJob({ namespace, body: jobManifest({ name, worker, deployment, queue, workId, settings }) });
        log.info({ worker, for: workId }, 'worker started');
        return;
      } catch (error) {
        if (isAway(error)) throw new LauncherAway(`Kubernetes cannot be asked for a Job: ${wordsOf(error)}`, { cause: error });
        if (statusOf(error) !== 409) throw new Error(`Kubernetes refuses the Job: ${wordsOf(error)}`, { cause: error });
        if (await isLiving(name)) {
          log.info({ job: name, for: workId }, 'the worker was started already');
          return;
        }
      }
    }
    throw new Error('there are too many Jobs for it already.');
  }

  async function isLiving(name: string): Promise<boolean> {
    try {
      const job = await jobs.readNamespacedJob({ name, namespace });
      return !isFinished(job) && job.metadata?.deletionTimestamp === undefined;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw new LauncherAway(`Kubernetes cannot be asked: ${wordsOf(error)}`, { cause: error });
    }
  }

  return {
    outlives: true,
    list,
    launch,
    // Its Pod gets the time that it has by its Job.
    stop: async (name) => {
      await asked(remove(known?.get(name)?.job ?? name));
      log.info({ worker: name }, 'worker stopped');
    },
    // A dispatcher that is replaced is no reason to take runs from their workers.
    close: () => Promise.resolve(),
  };
}

const workerOf = ({ metadata }: V1Job): string => metadata?.annotations?.[workerAnnotation] ?? metadata?.name ?? '';

const isUnsettled = (job: V1Job): boolean => job.spec?.suspend !== true && (job.status?.ready ?? 0) === 0 && job.status?.conditions?.some(({ type }) => type === 'Complete') !== true;

function needsWarnings(job: V1Job, pods: readonly V1Pod[]): boolean {
  const state = jobState(job, pods, []);
  return state.ended === null && state.waits && state.trouble === null;
}
