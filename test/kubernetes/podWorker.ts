import type { V1Pod } from '@kubernetes/client-node';
import { workerPaths, type Ticket } from '@thaw/contract/worker';
import { caller, type Api } from '../integration/apiHarness.ts';
import { namespace, type TestCluster } from './cluster.ts';

/** A run that a worker in a Pod has. */
export interface Claimed {
  run: string;
  attempt: number;
  heartbeat: () => Promise<string>;
  /** 'stopped': it was told to stop, and gives the run back. */
  finish: (status?: 'succeeded' | 'stopped') => Promise<void>;
}

/** What a worker does in a Pod, with what its container is given and nothing else: asks for work at the address and with the token that it finds. @param run asks for that one alone */
export async function claimIn(cluster: TestCluster, api: Api, pod: V1Pod, run?: string): Promise<Claimed | null> {
  const variables = Object.fromEntries(pod.spec?.containers[0]?.env?.map(({ name, value }) => [name, value]) ?? []);
  const secret = pod.spec?.volumes?.find(({ name }) => name === 'token')?.secret;
  const { data } = await cluster.core.readNamespacedSecret({ name: secret?.secretName ?? '', namespace });
  const token = Buffer.from(data?.[secret?.items?.[0]?.key ?? ''] ?? '', 'base64').toString();
  const url = variables['THAW_API_URL'] ?? '';
  if (url !== api.url) throw new Error(`the Pod knows the API as ${url}`);
  const worker = { name: variables['THAW_WORKER_NAME'] ?? pod.metadata?.name, device: { type: 'gpu', name: 'fake' } };
  const reply = await caller(url, token)<Ticket>('POST', workerPaths.claim, { worker, ...(run !== undefined && { run }) });
  if (reply.status === 204) return null;
  if (reply.status !== 200) throw new Error(`claim: ${reply.status} ${JSON.stringify(reply.body)}`);
  const { run: its, attempt, attemptToken } = reply.body;
  const post = async (name: Parameters<typeof workerPaths.ofRun>[1], body: object) => {
    const answer = await caller(url, attemptToken)<{ action: string }>('POST', workerPaths.ofRun(its, name), { attempt, ...body });
    if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    run: its,
    attempt,
    heartbeat: async () => (await post('heartbeat', {})).action,
    finish: async (status = 'succeeded') => {
      await post('finish', { outcome: { status, best: null, bestTest: null, seconds: 1, failure: null }, curves: [] });
    },
  };
}
