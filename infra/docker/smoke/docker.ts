import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '../../src/stack/setupPaths.ts';
import { StackError } from '../../src/stack/stackError.ts';

export const dockerFolder = path.join(repositoryRoot, 'infra/docker');
const environment = { ...process.env, DOCKER_BUILDKIT: '1', COMPOSE_DOCKER_CLI_BUILD: '1' };

/** Whether a program ends well, said to nobody. */
export const succeeds = (command: string, args: readonly string[]): boolean => spawnSync(command, args, { env: environment, stdio: 'ignore' }).status === 0;

/** Runs a program to its end. @returns what it has written @throws StackError with its last words */
export async function run(command: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(command, args, { env: { ...environment, ...variables }, cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (all = (all + text).slice(-8000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new StackError(`${command} ${args.slice(0, 4).join(' ')} ended with ${code}:\n${all.trim().split('\n').slice(-25).join('\n')}`);
  return output;
}

/** `docker compose` or the older `docker-compose`; null where there is neither. */
export function findCompose(): readonly [string, ...string[]] | null {
  if (succeeds('docker', ['compose', 'version'])) return ['docker', 'compose'];
  return succeeds('docker-compose', ['version']) ? ['docker-compose'] : null;
}

const hasImage = (name: string): boolean => succeeds('docker', ['image', 'inspect', name]);

/** An image that is there or can be pulled; else the one that `build` makes under another name. @returns its name */
export async function provideImage(published: string, local: string, build: () => Promise<unknown>): Promise<string> {
  if (hasImage(published) || succeeds('docker', ['pull', '--quiet', published])) return published;
  if (!hasImage(local)) await build();
  return local;
}
