import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { request, type RequestOptions } from 'node:https';

interface Reply {
  status: number;
  body: unknown;
}

/** A request as the given user makes it, with no client between that knows fewer fields than the server. */
export async function ask(config: KubeConfig, method: string, path: string, body?: unknown, type = 'application/json'): Promise<Reply> {
  const url = new URL(path, config.getCurrentCluster()?.server);
  const options: RequestOptions = { method, headers: { 'content-type': type } };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (part: string) => (text += part));
      reply.on('error', reject);
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) }));
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const pluralOf = (kind: string): string => kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se') + 's';

export function pathOf({ apiVersion = '', kind = '', metadata }: KubernetesObject, namespace: string | null): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace === null ? '' : `/namespaces/${metadata?.namespace ?? namespace}`}/${pluralOf(kind)}`;
}

export async function create(config: KubeConfig, object: KubernetesObject, namespace: string | null = null): Promise<void> {
  const { status, body } = await ask(config, 'POST', pathOf(object, namespace), object);
  if (status !== 201) throw new Error(`${object.kind} ${object.metadata?.name}: ${status} ${JSON.stringify(body)}`);
}

/** @returns why the API server would not have it, unknown fields among them; null: it would */
export async function dryRun(config: KubeConfig, object: KubernetesObject, namespace: string): Promise<string | null> {
  const { status, body } = await ask(config, 'POST', `${pathOf(object, namespace)}?dryRun=All&fieldValidation=Strict`, object);
  return status === 201 ? null : `${object.kind} ${object.metadata?.name}: ${status} ${(body as { message?: string }).message}`;
}
