import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';

/** What keeps a worker from starting. */
export interface Trouble {
  words: string;
  /** It stays so unless someone does something; otherwise there is no room for it now. */
  hopeless: boolean;
}

/** Its Pod has its time to stop in good order. */
export const jobDeleted = { ended: 'its Job was deleted', lingers: true } as const;

/** What there is to know of a worker from its Job. `waits`: it has not begun. */
export type JobState = { ended: string; failed: boolean; lingers?: true } | { ended: null; waits: boolean; trouble: Trouble | null };

const is = (conditions: readonly { type: string; status: string; reason?: string; message?: string }[] | undefined, type: string) =>
  conditions?.find((condition) => condition.type === type && condition.status === 'True');

/** Whether it has come to its end, as Kubernetes says. */
export const isFinished = ({ status }: V1Job): boolean => is(status?.conditions, 'Complete') !== undefined || is(status?.conditions, 'Failed') !== undefined;

const cut = (text: string): string => (text.length > 500 ? `${text.slice(0, 499)}…` : text);
const time = (date: Date | undefined): number => date?.getTime() ?? 0;

/**
 * How a worker is, or how it ended, in words for the owner of its work.
 * @param pods those of its Job
 * @param warnings those about its Job and its Pods, if they were asked for
 */
export function jobState(job: V1Job, pods: readonly V1Pod[], warnings: readonly CoreV1Event[]): JobState {
  const pod = [...pods].sort((a, b) => time(b.metadata?.creationTimestamp) - time(a.metadata?.creationTimestamp))[0];
  if (is(job.status?.conditions, 'Complete') !== undefined) return { ended: 'exit code 0', failed: false };
  const failure = is(job.status?.conditions, 'Failed');
  // Before 1.31 Kubernetes says so when it takes a Pod away, which then has its time to stop as well.
  if (failure !== undefined) return { ended: cut(howFailed(failure, pod)), failed: true, ...(pod?.status?.phase === 'Running' && { lingers: true }) };
  if (job.metadata?.deletionTimestamp !== undefined) return { ...jobDeleted, failed: true };
  if (job.spec?.suspend === true) return { ended: null, waits: true, trouble: null };
  if ((job.status?.ready ?? 0) > 0 || isRunning(pod)) return { ended: null, waits: false, trouble: null };
  const trouble = troubleOf(pod, warnings);
  return { ended: null, waits: true, trouble: trouble && { ...trouble, words: cut(trouble.words) } };
}

const containerOf = (pod: V1Pod | undefined) => pod?.status?.containerStatuses?.[0];
const isRunning = (pod: V1Pod | undefined): boolean => containerOf(pod)?.state?.running !== undefined || containerOf(pod)?.state?.terminated !== undefined;

/** Why Kubernetes took a Pod away (Kubernetes, "Pod disruption conditions"). */
const disruptions: Readonly<Record<string, string>> = {
  PreemptionByScheduler: 'the cluster gave its place to a Pod of higher priority',
  DeletionByTaintManager: 'its node failed or takes no such Pods any more',
  EvictionByEvictionAPI: 'it was evicted, as from a node that is taken out of service',
  DeletionByPodGC: 'its node is gone',
};

function howFailed(failure: { reason?: string; message?: string }, pod: V1Pod | undefined): string {
  if (failure.reason === 'DeadlineExceeded') return 'it was longer at work than its Job may be';
  const disruption = is(pod?.status?.conditions, 'DisruptionTarget');
  const disrupted = disruptions[disruption?.reason ?? ''];
  if (disrupted !== undefined) return disrupted;
  const { reason, message } = pod?.status ?? {};
  if (reason === 'Evicted') return `its node evicted it: ${message ?? ''}`;
  const terminated = containerOf(pod)?.state?.terminated;
  if (terminated?.reason === 'OOMKilled') return 'it had not enough memory';
  if (terminated !== undefined) {
    const last = terminated.message?.trim().split('\n').at(-1) ?? '';
    return `${terminated.reason === 'StartError' ? 'it could not be started' : `exit code ${terminated.exitCode}`}${last === '' ? '' : `: ${last}`}`;
  }
  if (pod === undefined || pod.metadata?.deletionTimestamp !== undefined) return 'its Pod was deleted';
  return `its node did not take it: ${message ?? reason ?? failure.message ?? ''}`;
}

const unpulled = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError', 'RegistryUnavailable']);
const uncreated = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

function troubleOf(pod: V1Pod | undefined, warnings: readonly CoreV1Event[]): Trouble | null {
  const warning = [...warnings].sort((a, b) => time(b.lastTimestamp ?? b.metadata.creationTimestamp) - time(a.lastTimestamp ?? a.metadata.creationTimestamp))[0];
  if (pod === undefined) {
    if (warning?.message === undefined) return null;
    const words = warning.message.replace(/^Error creating: /, '');
    return { words: `Kubernetes does not admit it: ${words}`, hopeless: !words.includes('exceeded quota') };
  }
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) return { words: `no node has room for it: ${unscheduled.message ?? unscheduled.reason ?? ''}`, hopeless: false };
  const waiting = containerOf(pod)?.state?.waiting;
  if (unpulled.has(waiting?.reason ?? '')) {
    const image = pod.spec?.containers[0]?.image ?? '';
    return { words: `the cluster cannot fetch the image ${image}: ${waiting?.message ?? waiting?.reason ?? ''}`, hopeless: true };
  }
  if (uncreated.has(waiting?.reason ?? '')) return { words: `its container cannot be made: ${waiting?.message ?? ''}`, hopeless: true };
  return warning?.message === undefined || !/^Failed(Mount|AttachVolume|CreatePodSandBox)$/.test(warning.reason ?? '') ? null : { words: `its Pod cannot be made ready: ${warning.message}`, hopeless: true };
}
