// node keepPackages.mjs ROOT..., where npm has installed: removes from node_modules what the roots (workspaces, or places in node_modules) do
// not lead to (npm also installs what a package merely gets along with, such as web frameworks), and what serves other systems or readers.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const roots = process.argv.slice(2);
const { packages } = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8'));
for (const root of roots) if (packages[root] === undefined) throw new Error(`${root} is not installed here.`);

/** Where Node finds a package from the folder of another one. */
function resolve(from, name) {
  for (let folder = from; ; folder = path.posix.dirname(folder)) {
    const place = folder === '.' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === '.') return null;
  }
}

const kept = new Set();
const waiting = [...roots];
for (const place of waiting) {
  if (kept.has(place)) continue;
  kept.add(place);
  const { link, resolved, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[place];
  if (link) waiting.push(resolved);
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const found = resolve(place, name);
    if (found !== null) waiting.push(found);
  }
}
for (const place of Object.keys(packages)) if (place.includes('node_modules/') && !kept.has(place)) rmSync(place, { recursive: true, force: true });

const here = `linux/${process.arch}`;
const runtimes = 'node_modules/onnxruntime-node/bin/napi-v6';
for (const one of ['darwin', 'win32', 'linux/arm64', 'linux/x64']) if (one !== here) rmSync(path.join(runtimes, one), { recursive: true, force: true });
for (const file of readdirSync('node_modules', { recursive: true }))
  if (/\.(map|d\.[cm]?ts)$/.test(file)) rmSync(path.join('node_modules', file), { force: true });
