import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findOnPath } from '@thaw/infra/stack/goProgram';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import { StackError } from '@thaw/infra/stack/stackError';

const kubernetes = '1.36.3';
const etcd = '3.6.16';
const kwok = '0.8.0';

/** Where the programs of a control plane are, and kwok, which plays the nodes. */
export const programsFolder = (): string => path.join(readSetupPaths().cache, `kubernetes-${kubernetes}-etcd-${etcd}-kwok-${kwok}`);

export const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd', 'kwok'] as const;

/** Modules that Kubernetes' own module takes from folders beside it; as modules of their own they have the same version, with a 0 for the 1. */
const staging =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver streaming';

/** Built with no release's scripts, the API server would say that it is of no version; Helm asks for it. */
const version = `-X k8s.io/component-base/version.gitVersion=v${kubernetes}`;

interface Build {
  requires: string;
  replaces?: readonly string[];
  packages: readonly string[];
}

const builds: readonly Build[] = [
  {
    requires: `k8s.io/kubernetes v${kubernetes}`,
    replaces: staging.split(' ').map((name) => `k8s.io/${name} => k8s.io/${name} v${kubernetes.replace('1', '0')}`),
    packages: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => `k8s.io/kubernetes/cmd/${name}`),
  },
  { requires: `go.etcd.io/etcd/server/v3 v${etcd}`, packages: ['go.etcd.io/etcd/server/v3'] },
  { requires: `sigs.k8s.io/kwok v${kwok}`, packages: ['sigs.k8s.io/kwok/cmd/kwok'] },
];

/** Controllers that others bring into a cluster, each a program of its own. */
const operators = {
  kueue: { requires: 'sigs.k8s.io/kueue v0.17.0', packages: ['sigs.k8s.io/kueue/cmd/kueue'] },
  keda: {
    requires: 'github.com/kedacore/keda/v2 v2.21.0',
    // As its own module has it.
    replaces: ['github.com/nexus-rpc/nexus-proto-annotations v0.1.0 => github.com/nexus-rpc/nexus-proto-annotations v0.1.1-0.20260629224316-835bd8d49cb4'],
    packages: ['github.com/kedacore/keda/v2/cmd/operator'],
  },
} satisfies Record<string, Build>;

export type Operator = keyof typeof operators;

/**
 * Builds them with Go where they are not there yet.
 * @returns their folder
 * @throws StackError where there is no Go or a build fails
 */
export const buildPrograms = (log: (line: string) => void): string => buildInto(programsFolder(), builds, `Kubernetes ${kubernetes} with etcd ${etcd} and kwok ${kwok}`, log);

/** The Go module of a controller, with its version. */
export const moduleOf = (name: Operator): string => operators[name].requires.replace(' ', '@');

/**
 * The same of a controller.
 * @returns the program
 */
export function buildOperator(name: Operator, log: (line: string) => void): string {
  const build = operators[name];
  const its = build.requires.split(' v')[1];
  const folder = buildInto(path.join(readSetupPaths().cache, `${name}-${its}`), [build], `${name} ${its}`, log);
  return path.join(folder, path.basename(build.packages[0] ?? ''));
}

function buildInto(folder: string, all: readonly Build[], what: string, log: (line: string) => void): string {
  if (existsSync(folder)) return folder;
  const go = findOnPath('go');
  if (go === null) throw new StackError(`${what} is missing: install Go (it is then built by itself).`);
  log(`building ${what} with Go, once (minutes, the control plane 10 or more)`);
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.tmp-`);
  try {
    const source = path.join(temporary, 'source');
    for (const { requires, replaces = [], packages } of all) {
      mkdirSync(source, { recursive: true });
      writeFileSync(path.join(source, 'go.mod'), ['module controlplane', 'go 1.26', `require ${requires}`, ...replaces.map((one) => `replace ${one}`), ''].join('\n'));
      for (const one of packages) {
        const target = path.join(temporary, one.startsWith('go.etcd.io') ? 'etcd' : path.basename(one));
        const { status, error, stderr } = spawnSync(go, ['build', '-mod=mod', `-ldflags=${version}`, '-o', target, one], { cwd: source, encoding: 'utf8', maxBuffer: 2 ** 28 });
        if (status !== 0) throw new StackError(`${one} could not be built with Go: ${(error?.message ?? stderr).trim().split('\n').slice(-5).join('\n')}`);
        log(`built ${path.basename(target)}`);
      }
      rmSync(source, { recursive: true });
    }
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
