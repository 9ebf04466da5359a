import type { KubernetesObject } from '@kubernetes/client-node';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { create } from './apiServer.ts';
import type { ControlPlane } from './controlPlane.ts';
import { addDefinitions, fetchModule } from './crds.ts';

const system = 'kueue-system';

interface Webhook {
  name: string;
  clientConfig: { service?: { path: string }; url?: string; caBundle?: string };
}

/** Runs Kueue's controller beside a control plane: for Jobs alone, with its own webhooks for these and for its objects. */
export async function startKueue(plane: ControlPlane, program: string, folder: string): Promise<void> {
  mkdirSync(folder);
  const [webhooks = 0, health = 0] = await freePorts(2);
  copyFileSync(plane.certificate.cert, path.join(folder, 'tls.crt'));
  copyFileSync(plane.certificate.key, path.join(folder, 'tls.key'));
  const caBundle = readFileSync(plane.certificate.cert).toString('base64');
  const at = (where: string) => ({ url: `https://127.0.0.1:${webhooks}${where}`, caBundle });

  // Nothing here asks for an older version of an object, yet Kueue looks for the webhooks that would give it.
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: at('/convert'), conversionReviewVersions: ['v1'] } };
  await addDefinitions(plane.admin, ['kueue'], (one) => {
    const { spec } = one as { spec: { versions: unknown[] } };
    return spec.versions.length < 2 ? one : ({ ...one, spec: { ...spec, conversion } } as KubernetesObject);
  });
  for (const object of [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: system } }, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kueue-webhook-server-cert', namespace: system } }])
    await create(plane.admin, object, object.kind === 'Secret' ? system : null);

  const config = {
    apiVersion: 'config.kueue.x-k8s.io/v1beta2',
    kind: 'Configuration',
    namespace: system,
    health: { healthProbeBindAddress: `127.0.0.1:${health}` },
    metrics: { bindAddress: '0' },
    webhook: { host: '127.0.0.1', port: webhooks, certDir: folder },
    leaderElection: { leaderElect: false },
    integrations: { frameworks: ['batch/job'] },
    featureGates: { VisibilityOnDemand: false },
  };
  const configFile = path.join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  const ready = (): Promise<boolean> => fetch(`http://127.0.0.1:${health}/readyz`).then((reply) => reply.ok, () => false);
  await plane.run('kueue', program, [`--config=${configFile}`, `--kubeconfig=${plane.kubeconfig}`], ready);

  const manifests = readFileSync(path.join(fetchModule('kueue'), 'config/components/webhook/manifests.yaml'), 'utf8');
  for (const document of parseAllDocuments(manifests)) {
    const { webhooks: all, ...object } = document.toJS() as KubernetesObject & { webhooks: Webhook[] };
    const own = all.filter(({ clientConfig }) => /-(batch-v1-job|kueue-x-k8s-io-.*)$/.test(clientConfig.service?.path ?? ''));
    await create(plane.admin, { ...object, webhooks: own.map((one) => ({ ...one, clientConfig: at(one.clientConfig.service?.path ?? '') })) } as KubernetesObject);
  }
}
