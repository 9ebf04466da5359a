import { backbone, weightsVariable, type Backbone } from '@thaw/contract/backbones';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { StackError } from './stackError.ts';

export const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

/** What the launcher (infra/setup) found or made; it hands it on by environment and leaves it in node_modules for commands started without it. */
export interface SetupPaths {
  /** The program `weed` of SeaweedFS. */
  weed: string | null;
  /** Folder with the six CIFAR-10 binary files. */
  cifar10: string | null;
  /** The dashboard's server, built. */
  dashboard: string | null;
  /** ImageNet weights of the backbones that there are some of. */
  weights: Partial<Record<Backbone, string>>;
  /** Folder for heavy files that several checkouts share. */
  cache: string;
}

const setupFile = path.join(repositoryRoot, 'node_modules/.thaw-setup.json');

export function readSetupPaths(env: NodeJS.ProcessEnv = process.env): SetupPaths {
  // A command of the launcher has all that there is in its environment.
  const recorded = env['THAW_WEED'] === undefined && existsSync(setupFile) ? (JSON.parse(readFileSync(setupFile, 'utf8')) as Partial<SetupPaths>) : {};
  const usable = (file: string | null | undefined): string | null => (file && existsSync(file) ? file : null);
  const weightsOf = (one: Backbone): [Backbone, string][] => {
    const file = usable(env[weightsVariable(one)]) ?? usable(recorded.weights?.[one]);
    return file === null ? [] : [[one, file]];
  };
  const userCache = env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return {
    weed: usable(env['THAW_WEED']) ?? usable(recorded.weed),
    cifar10: usable(env['THAW_CIFAR10']) ?? usable(recorded.cifar10),
    // Set and empty: without.
    dashboard: usable(env['THAW_DASHBOARD'] ?? recorded.dashboard),
    weights: Object.fromEntries(backbone.options.flatMap((one) => weightsOf(one))),
    cache: env['THAW_CACHE'] || path.join(userCache, 'thaw'),
  };
}

/** @throws StackError where the launcher has not run. */
export function requireWeed(paths = readSetupPaths()): string {
  if (paths.weed === null) throw new StackError('SeaweedFS is not set up. Run "npm run setup" first.');
  return paths.weed;
}
