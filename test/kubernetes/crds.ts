import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { findOnPath } from '@thaw/infra/stack/goProgram';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { until } from '../integration/apiHarness.ts';
import { ask, pathOf } from './apiServer.ts';

/** Where the definitions of what others bring into a cluster are, in the Go modules of these. */
const modules = {
  'github.com/kedacore/keda/v2@v2.21.0': ['config/crd/bases/keda.sh_scaledjobs.yaml', 'config/crd/bases/keda.sh_triggerauthentications.yaml'],
  'github.com/prometheus-operator/prometheus-operator@v0.85.0': ['example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml'],
};

/** Makes KEDA's ScaledJobs and the Prometheus operator's ServiceMonitors known to the cluster. */
export async function addDefinitions(config: KubeConfig): Promise<void> {
  for (const [module, files] of Object.entries(modules)) {
    const { stdout, stderr } = spawnSync(findOnPath('go') ?? 'go', ['mod', 'download', '-json', module], { encoding: 'utf8' });
    const { Dir: folder } = JSON.parse(stdout) as { Dir?: string };
    if (folder === undefined) throw new Error(`${module} could not be fetched: ${stderr || stdout}`);
    for (const file of files) {
      const definition = parse(readFileSync(path.join(folder, file), 'utf8')) as KubernetesObject;
      const { status, body } = await ask(config, 'POST', pathOf(definition, null), definition);
      if (status !== 201) throw new Error(`${file}: ${JSON.stringify(body)}`);
      const name = definition.metadata?.name ?? '';
      const established = async () => {
        const { status: now } = (await ask(config, 'GET', `${pathOf(definition, null)}/${name}`)).body as { status?: { conditions?: { type: string; status: string }[] } };
        return now?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
      };
      await until(name, established, 30);
    }
  }
}
