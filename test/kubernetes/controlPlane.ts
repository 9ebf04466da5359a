import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '@thaw/infra/stack/freePorts';
import { startServer, waitUntilReady, type ServerProcess } from '@thaw/infra/stack/serverProcess';
import type { programs } from './programs.ts';

/** A real control plane of Kubernetes with RBAC, for tests: processes of this machine on free ports. kwok plays nodes and their kubelets. */
export interface ControlPlane {
  /** A file with all rights. */
  kubeconfig: string;
  /** All rights. */
  admin: KubeConfig;
  /** What a user with this token may do. */
  as: (token: string, namespace: string) => KubeConfig;
  /** Ends the API server, and starts it again at the same address. */
  stopServer: () => Promise<void>;
  startServer: () => Promise<void>;
  /** Runs a controller beside it, until it stops, and waits until that is ready. */
  run: (name: string, command: string, args: readonly string[], ready: () => Promise<boolean>, env?: NodeJS.ProcessEnv) => Promise<void>;
  /** Files of a certificate for 127.0.0.1 that has signed itself: the API server's own. */
  certificate: { cert: string; key: string };
  stop: () => Promise<void>;
}

type Program = (typeof programs)[number];

/** Users by fixed tokens: name and group. Roles for Kubernetes' own parts are there from the start. */
const users = {
  admin: ['admin', 'system:masters'],
  'kube-controller-manager': ['system:kube-controller-manager', ''],
  'kube-scheduler': ['system:kube-scheduler', ''],
  kwok: ['kwok', 'system:masters'],
} as const;

export async function startControlPlane({ folder, binaries }: { folder: string; binaries: string }): Promise<ControlPlane> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => path.join(folder, name);
  const [client = 0, peer = 0, port = 0] = await freePorts(3);
  const address = `https://127.0.0.1:${port}`;
  const tokens = Object.fromEntries(Object.keys(users).map((name) => [name, randomBytes(24).toString('hex')])) as Record<keyof typeof users, string>;
  writeFileSync(at('tokens.csv'), Object.entries(users).map(([name, [user, group]]) => `${tokens[name as keyof typeof users]},${user},${user}${group && `,"${group}"`}\n`).join(''), { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(at('accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(at('accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));

  const running: ServerProcess[] = [];
  const run = async (name: string, command: string, args: readonly string[], ready: () => Promise<boolean>, env: NodeJS.ProcessEnv = process.env): Promise<ServerProcess> => {
    const logFile = at(`${name}.log`);
    const server = await startServer({ name, command, args, logFile, env, cwd: folder, stopSignal: 'SIGTERM', graceMilliseconds: 5000 });
    running.push(server);
    await waitUntilReady(server, logFile, ready, 60_000);
    return server;
  };
  const start = (name: Program, args: readonly string[], ready: () => Promise<boolean>): Promise<ServerProcess> => run(name, path.join(binaries, name), args, ready);
  const stop = async (): Promise<void> => {
    for (const server of running.reverse()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };

  const as: ControlPlane['as'] = (token, namespace) => {
    const config = new KubeConfig();
    config.loadFromOptions({
      // The API server has made its certificate, and what that is signed with, itself.
      clusters: [{ name: 'test', server: address, caData: readFileSync(at('apiserver.crt')).toString('base64'), skipTLSVerify: false }],
      users: [{ name: 'test', token }],
      contexts: [{ name: 'test', cluster: 'test', user: 'test', namespace }],
      currentContext: 'test',
    });
    return config;
  };
  const fileOf = (name: keyof typeof users): string => {
    writeFileSync(at(`${name}.kubeconfig`), as(tokens[name], 'default').exportConfig(), { mode: 0o600 });
    return at(`${name}.kubeconfig`);
  };

  let server: ServerProcess | null = null;
  const startApi = async (): Promise<void> => {
    server = await start(
      'kube-apiserver',
      [
        ...[`--etcd-servers=http://127.0.0.1:${client}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--cert-dir=${folder}`],
        ...['--service-cluster-ip-range=10.0.0.0/24', '--endpoint-reconciler-type=none', '--authorization-mode=RBAC', `--token-auth-file=${at('tokens.csv')}`],
        ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${at('accounts.pub')}`, `--service-account-signing-key-file=${at('accounts.key')}`],
      ],
      async () => {
        try {
          // With RBAC's own roles in place, and the namespace of those that name none.
          await as(tokens.admin, 'default').makeApiClient(CoreV1Api).readNamespace({ name: 'default' });
          return true;
        } catch {
          return false;
        }
      },
    );
  };

  try {
    const etcdReady = (): Promise<boolean> => fetch(`http://127.0.0.1:${client}/health`).then((reply) => reply.ok, () => false);
    const [forClients, forPeers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
    const urls = [`--listen-client-urls=${forClients}`, `--advertise-client-urls=${forClients}`, `--listen-peer-urls=${forPeers}`, `--initial-advertise-peer-urls=${forPeers}`, `--initial-cluster=default=${forPeers}`];
    await start('etcd', [`--data-dir=${at('etcd')}`, '--unsafe-no-fsync', ...urls], etcdReady);
    await startApi();
    const soon = (): Promise<boolean> => Promise.resolve(true);
    const own = ['--leader-elect=false', '--secure-port=0'];
    await Promise.all([
      // On a busy machine kwok tells late that its nodes live: their Pods would count as not ready, and stay so.
      start('kube-controller-manager', [`--kubeconfig=${fileOf('kube-controller-manager')}`, '--controllers=*', '--node-monitor-grace-period=24h', `--service-account-private-key-file=${at('accounts.key')}`, `--root-ca-file=${at('apiserver.crt')}`, '--use-service-account-credentials', ...own], soon),
      start('kube-scheduler', [`--kubeconfig=${fileOf('kube-scheduler')}`, ...own], soon),
      start('kwok', [`--kubeconfig=${fileOf('kwok')}`, '--manage-all-nodes=true', `--config=${path.join(import.meta.dirname, 'kwok.yaml')}`], soon),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig: fileOf('admin'),
    admin: as(tokens.admin, 'default'),
    as,
    stopServer: async () => {
      await server?.stop();
    },
    startServer: startApi,
    run: async (...args) => {
      await run(...args);
    },
    certificate: { cert: at('apiserver.crt'), key: at('apiserver.key') },
    stop,
  };
}
