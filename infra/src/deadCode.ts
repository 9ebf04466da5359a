import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Runs knip on a copy of the sources in which no package has an `exports` map. knip takes every file that such a map names for
 * used, and ours name all (`./*`): it would never find a dead file or export. Run as a script: exits like knip.
 */
const root = path.resolve(import.meta.dirname, '../..');

interface Manifest {
  name: string;
  exports?: Record<string, string>;
}

/** Source files below a folder, as paths from the root. */
function listSources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === '.git' || entry.name === '.thaw' || entry.name === '.next' ? [] : listSources(file);
    return entry.isFile() && /(?<!next-env\.d)\.(tsx?|mts|js|mjs|json|css)$/.test(entry.name) ? [file] : [];
  });
}

const copy = mkdtempSync(path.join(tmpdir(), 'thaw-knip-'));
try {
  const paths: Record<string, string[]> = {};
  for (const file of listSources('.')) {
    mkdirSync(path.join(copy, path.dirname(file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(copy, file));
    if (path.basename(file) !== 'package.json') continue;
    const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
    const target = manifest.exports?.['./*'];
    if (target === undefined) continue;
    paths[`${manifest.name}/*`] = [`./${path.join(path.dirname(file), target)}`];
    delete manifest.exports;
    writeFileSync(path.join(copy, file), JSON.stringify(manifest));
  }
  const tsconfig = JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  writeFileSync(path.join(copy, 'tsconfig.json'), JSON.stringify({ ...tsconfig, compilerOptions: { ...tsconfig.compilerOptions, paths } }));
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const knip = spawnSync(path.join(root, 'node_modules/.bin/knip'), ['--no-progress', ...process.argv.slice(2)], { cwd: copy, stdio: 'inherit' });
  process.exitCode = knip.status ?? 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
