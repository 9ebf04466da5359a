import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { buildOnce, cache, fingerprint } from './cacheFolder.mjs';
import { nodeModules, root, run, say, step } from './commands.mjs';
import { pinnedNode } from './dependencies.mjs';

const web = path.join(root, 'apps/web');
/** Builds that are kept: a dashboard that runs from an older one must still find its files. */
const kept = 4;

/**
 * The dashboard, built from the sources as they are; what is built once is found again by the hash of its sources.
 * @param {Promise<void>} packages
 * @returns {Promise<string | null>} its server, or null where it cannot be built: the rest works without. In CI that is an error.
 */
export async function dashboard(packages) {
  await packages;
  const folder = path.join(cache, `dashboard-${fingerprint(...sources().flatMap((file) => [path.relative(root, file), readFileSync(file)]))}`);
  try {
    await buildOnce(folder, (temporary) => step('dashboard', () => build(temporary)));
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    say(`the dashboard is left out. ${error.message}`);
    return null;
  }
  utimesSync(folder, new Date(), new Date());
  prune(folder);
  return path.join(folder, 'apps/web/server.js');
}

async function build(folder) {
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  await run(pinnedNode, [path.join(nodeModules, 'next/dist/bin/next'), 'build'], { cwd: web, env, failure: 'The dashboard cannot be built.' });
  cpSync(path.join(web, '.next/standalone'), folder, { recursive: true, verbatimSymlinks: true });
  cpSync(path.join(web, '.next/static'), path.join(folder, 'apps/web/.next/static'), { recursive: true });
}

/** What the build depends on: the dashboard itself, and the packages of ours that it imports. */
function sources() {
  const packages = new Set([web]);
  for (const one of packages) {
    const { dependencies = {} } = JSON.parse(readFileSync(path.join(one, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) if (name.startsWith('@thaw/')) packages.add(realpathSync(path.join(nodeModules, name)));
  }
  return [...packages].flatMap((one) => listFiles(one)).sort();
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isFile()) return entry.name === 'next-env.d.ts' ? [] : [file];
    return ['node_modules', '.next', 'test'].includes(entry.name) ? [] : listFiles(file);
  });
}

/** Removes the builds that were used longest ago. */
function prune(current) {
  const builds = readdirSync(cache).filter((name) => /^dashboard-[0-9a-f]{16}$/.test(name)).map((name) => path.join(cache, name));
  const usedAt = (folder) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const old of builds.sort((a, b) => usedAt(b) - usedAt(a)).slice(kept)) if (old !== current && existsSync(old)) rmSync(old, { recursive: true, force: true });
}
