import { ApiException, BatchV1Api, CoreV1Api, createConfiguration, KubeConfig, ServerConfiguration, type Middleware, type RequestContext } from '@kubernetes/client-node';

/** What a launcher needs of a cluster, in one namespace. */
export interface Cluster {
  namespace: string;
  jobs: BatchV1Api;
  core: CoreV1Api;
}

/** A dispatcher waits for an answer no longer: it has leases to look after. */
const answerSeconds = 5;

/** The cluster that KUBECONFIG names, or else that this process runs in, as Kubernetes' own clients find it. */
function findCluster(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/** @param namespace null: that of this process, or of the context */
export function openCluster(namespace: string | null, config = findCluster()): Cluster {
  const server = config.getCurrentCluster()?.server ?? '';
  const bounded: Middleware = {
    pre: (request) => {
      request.setSignal(AbortSignal.timeout(answerSeconds * 1000));
      return Promise.resolve(withSameConnections(request));
    },
    post: (response) => Promise.resolve(response),
  };
  // The client makes connections of their own for each request.
  let connections: ReturnType<RequestContext['getDispatcher']>;
  const withSameConnections = (request: RequestContext): RequestContext => {
    connections ??= request.getDispatcher();
    if (connections !== undefined) request.setDispatcher(connections);
    return request;
  };
  const configuration = createConfiguration({ baseServer: new ServerConfiguration(server, {}), authMethods: { default: config }, promiseMiddleware: [bounded] });
  const own = config.getContextObject(config.getCurrentContext())?.namespace;
  return { namespace: namespace ?? own ?? 'default', jobs: new BatchV1Api(configuration), core: new CoreV1Api(configuration) };
}

/** The status that the API server has answered with; null: it did not. */
export const statusOf = (error: unknown): number | null => (error instanceof ApiException ? error.code : null);

/** Why a request failed, in the API server's words or the network's. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiException) {
    const { message } = readStatus(error.body);
    return message ?? `HTTP status ${error.code}`;
  }
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerSeconds} seconds`;
  return error.cause instanceof Error ? error.cause.message || (error.cause as NodeJS.ErrnoException).code || error.message : error.message;
}

/** Whether a request may do later, as it is: the API server was not reached, or has no time, or something in front of it answered. */
export function isAway(error: unknown): boolean {
  const status = statusOf(error);
  return status === null || status === 401 || status === 429 || status >= 500;
}

function readStatus(body: unknown): { message?: string } {
  try {
    return (typeof body === 'string' ? JSON.parse(body) : body) as { message?: string };
  } catch {
    return {};
  }
}
