import { freePorts } from '@thaw/infra/stack/freePorts';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { create } from './apiServer.ts';
import type { ControlPlane } from './controlPlane.ts';
import { addDefinitions } from './crds.ts';

/** Runs KEDA's operator beside a control plane. */
export async function startKeda(plane: ControlPlane, program: string, folder: string): Promise<void> {
  mkdirSync(folder);
  const [health = 0, metrics = 0] = await freePorts(2);
  for (const name of ['ca.crt', 'tls.crt']) copyFileSync(plane.certificate.cert, path.join(folder, name));
  copyFileSync(plane.certificate.key, path.join(folder, 'tls.key'));
  await addDefinitions(plane.admin, ['keda']);
  await create(plane.admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'keda' } });
  const ready = (): Promise<boolean> => fetch(`http://127.0.0.1:${health}/readyz`).then((reply) => reply.ok, () => false);
  const args = [`--kubeconfig=${plane.kubeconfig}`, `--cert-dir=${folder}`, `--health-probe-bind-address=127.0.0.1:${health}`, `--metrics-service-bind-address=127.0.0.1:${metrics}`, '--enable-prometheus-metrics=false'];
  await plane.run('keda', program, args, ready, { ...process.env, KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda', WATCH_NAMESPACE: '' });
}
