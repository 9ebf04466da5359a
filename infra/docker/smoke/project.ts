import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../src/stack/freePorts.ts';
import type { SetupPaths } from '../../src/stack/setupPaths.ts';
import { dockerFolder, run } from './docker.ts';
import type { BaseImages } from './images.ts';

export interface Project {
  /** Of the compose project, and so of the deployment. */
  name: string;
  web: string;
  storage: string;
  /** A Docker network that is not of this project: what is in it reaches the addresses above alone. */
  elsewhere: string;
  email: string;
  password: string;
  /** `compose` with these files, environment and arguments. */
  compose: (args: readonly string[], files?: readonly string[]) => Promise<string>;
  remove: () => Promise<void>;
}

/** An address of this machine that containers reach as well, and nobody elsewhere does. */
const host = '10.213.79.1';

/** A compose project of its own: other name, ports and secrets than one that runs here already. Data and weights are this machine's. */
export async function makeProject(program: readonly [string, ...string[]], { base, postgres, minio }: BaseImages, paths: SetupPaths): Promise<Project> {
  const name = `thaw-smoke-${process.pid}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-docker-'));
  const [webPort, apiPort, s3Port] = await freePorts(3);
  const web = `http://${host}:${webPort}`;
  const storage = `http://${host}:${s3Port}`;
  const envFile = path.join(folder, 'env');
  const secrets = await makeSecrets(folder);
  const { cifar10, weights } = paths;
  const weightsFolder = path.join(folder, 'weights');
  const cache = path.join(folder, 'cache');
  for (const one of [weightsFolder, cache]) mkdirSync(one);
  if (cifar10 !== null) cpSync(cifar10, path.join(cache, 'cifar-10-binary'), { recursive: true });
  if (weights.resnet18 !== undefined) copyFileSync(weights.resnet18, path.join(weightsFolder, path.basename(weights.resnet18)));
  // Of whoever runs this, and read by the containers' user.
  openToAll(folder);
  const settings: Record<string, string> = {
    ...secrets,
    COMPOSE_PROJECT_NAME: name,
    COMPOSE_PROFILES: 'cpu',
    BASE_IMAGE: base,
    POSTGRES_IMAGE: postgres,
    MINIO_IMAGE: minio,
    BIND: host,
    WEB_PORT: String(webPort),
    API_PORT: String(apiPort),
    S3_PORT: String(s3Port),
    PUBLIC_URL: web,
    S3_PUBLIC_ENDPOINT: storage,
    EDGE_SUBNET: '10.213.78.0/24',
    WEB_ADDRESS: '10.213.78.10',
    SETUP_CACHE: cache,
    WEIGHTS_FOLDER: weightsFolder,
    THAW_RESNET18_WEIGHTS: weights.resnet18 === undefined ? '' : `/weights/${path.basename(weights.resnet18)}`,
    THAW_RESNET34_WEIGHTS: '',
    ...(existsSync('/var/run/docker.sock') && { DOCKER_GROUP: String(statSync('/var/run/docker.sock').gid) }),
    THAW_IDLE_SECONDS: '10',
  };
  writeFileSync(envFile, `${Object.entries(settings).map(([name, value]) => `${name}=${value}`).join('\n')}\n`, { mode: 0o600 });
  const elsewhere = `${name}-elsewhere`;
  await run('docker', ['network', 'create', '--subnet', '10.213.79.0/24', '--gateway', host, elsewhere]);
  const [command, ...first] = program;
  return {
    name,
    web,
    storage,
    elsewhere,
    email: secrets['THAW_ADMIN_EMAIL'] ?? '',
    password: secrets['THAW_ADMIN_PASSWORD'] ?? '',
    // In its environment as well, where they come before what whoever runs this has set.
    compose: (args, files = ['compose.yaml']) =>
      run(command, [...first, '--env-file', envFile, '-p', name, ...files.flatMap((file) => ['-f', path.join(dockerFolder, file)]), ...args], settings),
    remove: async () => {
      await run('docker', ['network', 'rm', elsewhere]).catch((error: unknown) => console.error(error));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What makeEnv.sh makes up, in a copy of its folder. */
async function makeSecrets(folder: string): Promise<Record<string, string>> {
  copyFileSync(path.join(dockerFolder, 'makeEnv.sh'), path.join(folder, 'makeEnv.sh'));
  await run('sh', [path.join(folder, 'makeEnv.sh')]);
  const lines = readFileSync(path.join(folder, '.env'), 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, name.name);
    if (name.isDirectory()) openToAll(file);
    else if (!name.name.includes('env')) chmodSync(file, 0o644);
  }
}
