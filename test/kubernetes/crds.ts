import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { findOnPath } from '@thaw/infra/stack/goProgram';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { until } from '../integration/apiHarness.ts';
import { ask, create, pathOf } from './apiServer.ts';
import { moduleOf } from './programs.ts';

/** Where the definitions of what others bring into a cluster are, in the Go modules of these. */
const modules = {
  keda: { module: moduleOf('keda'), folder: 'config/crd/bases', files: null },
  kueue: { module: moduleOf('kueue'), folder: 'config/components/crd/bases', files: null },
  prometheus: { module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0', folder: 'example/prometheus-operator-crd', files: ['monitoring.coreos.com_servicemonitors.yaml'] },
};

/** The folder of a Go module, which is fetched. */
export function fetchModule(name: keyof typeof modules): string {
  const { module } = modules[name];
  const { stdout, stderr } = spawnSync(findOnPath('go') ?? 'go', ['mod', 'download', '-json', module], { encoding: 'utf8' });
  const { Dir: folder } = JSON.parse(stdout) as { Dir?: string };
  if (folder === undefined) throw new Error(`${module} could not be fetched: ${stderr || stdout}`);
  return folder;
}

/** Makes kinds of objects known to the cluster. @param change of each definition before */
export async function addDefinitions(config: KubeConfig, names: readonly (keyof typeof modules)[], change: (definition: KubernetesObject) => KubernetesObject = (one) => one): Promise<void> {
  for (const name of names) {
    const folder = path.join(fetchModule(name), modules[name].folder);
    const added = (modules[name].files ?? readdirSync(folder)).map((file) => change(parse(readFileSync(path.join(folder, file), 'utf8')) as KubernetesObject));
    for (const one of added) await create(config, one);
    for (const { kind, apiVersion, metadata } of added) {
      const established = async () => {
        const { status: now } = (await ask(config, 'GET', `${pathOf({ kind, apiVersion } as KubernetesObject, null)}/${metadata?.name}`)).body as { status?: { conditions?: { type: string; status: string }[] } };
        return now?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
      };
      await until(metadata?.name ?? '', established, 30);
    }
  }
}
