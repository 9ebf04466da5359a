import type { KubernetesObject, V1PodTemplateSpec } from '@kubernetes/client-node';
import { provideHelm } from '@thaw/infra/stack/findHelm';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

export const chart = path.join(repositoryRoot, 'infra/kubernetes');
/** Helm as it is built here takes no cluster's version for granted. */
const version = ['--kube-version', '1.29.0'];

export interface Helm {
  lint: (values: object) => Promise<string>;
  /** What the chart makes of values, hooks among it. */
  render: (values: object) => Promise<KubernetesObject[]>;
  /** Any other command, on the cluster. */
  run: (...args: string[]) => Promise<string>;
  /** A file with values, for such commands. */
  file: (values: object) => string;
}

/** Its errors are what it says. @param folder for its files */
export function openHelm({ folder, kubeconfig, namespace }: { folder: string; kubeconfig: string; namespace: string }): Helm {
  const program = provideHelm(console.log);
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig, HELM_NAMESPACE: namespace };
  let files = 0;
  const file = (values: object): string => {
    const name = path.join(folder, `values-${files++}.json`);
    writeFileSync(name, JSON.stringify(values));
    return name;
  };
  const run = async (...args: string[]): Promise<string> => {
    try {
      return (await promisify(execFile)(program, args, { env, maxBuffer: 2 ** 26 })).stdout;
    } catch (error) {
      throw new Error((error as { stderr?: string }).stderr || String(error), { cause: error });
    }
  };
  return {
    lint: (values) => run('lint', '--strict', chart, ...version, '--values', file(values)),
    render: async (values) => {
      const documents = parseAllDocuments(await run('template', 'thaw', chart, ...version, '--values', file(values)));
      return [...documents].map((document) => document.toJS() as KubernetesObject | null).filter((one) => one !== null);
    },
    run,
    file,
  };
}

/** How Pods of an object are, if it has some. */
export function podTemplate(object: KubernetesObject): V1PodTemplateSpec | null {
  const { spec } = object as { spec?: { template?: V1PodTemplateSpec; jobTargetRef?: { template: V1PodTemplateSpec } } };
  return spec?.jobTargetRef?.template ?? spec?.template ?? null;
}

/** The variables of a Pod's container; of those that come from a Secret what that holds. */
export function environmentOf(template: V1PodTemplateSpec, secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, string> {
  const entries = template.spec?.containers[0]?.env?.map(({ name, value, valueFrom }): [string, string] => {
    const from = valueFrom?.secretKeyRef;
    const found = from === undefined ? value : secrets[from.name ?? '']?.[from.key];
    if (found === undefined) throw new Error(`${name} is not there${from === undefined ? '' : `: no key ${from.key} in a Secret ${from.name}`}`);
    return [name, found];
  });
  const names = entries?.map(([name]) => name) ?? [];
  if (new Set(names).size < names.length) throw new Error(`a variable is there twice: ${names.join(' ')}`);
  return Object.fromEntries(entries ?? []);
}
