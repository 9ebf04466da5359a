import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const requirements = path.join(import.meta.dirname, 'schemathesis.txt');
const python = process.env['THAW_PYTHON'] || 'python3';

export interface Program {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/**
 * Schemathesis in the cache of this user, downloaded by pip the first time (half a minute), with no other bytes than the listed ones.
 * @returns a sentence where that is not possible. @throws Error with the same in CI, where nothing may be missing
 */
export function installSchemathesis(): Program | string {
  const fingerprint = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = path.join(readSetupPaths().cache, `schemathesis-${fingerprint}`);
  if (!existsSync(folder)) {
    const trouble = install(folder);
    if (trouble !== null && process.env['CI'] === 'true') throw new Error(trouble);
    if (trouble !== null) return trouble;
  }
  return { command: python, args: ['-m', 'schemathesis.cli'], env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' } };
}

/** Built beside its place and renamed, so that two at once do no harm. */
function install(folder: string): string | null {
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.tmp-`);
  try {
    const flags = ['-q', '--no-cache-dir', '--disable-pip-version-check', '--require-hashes', '--no-deps', '--only-binary=:all:'];
    const pip = spawnSync(python, ['-m', 'pip', 'install', ...flags, '--target', temporary, '-r', requirements], { encoding: 'utf8', env: { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' } });
    if (pip.status !== 0) return `pip could not install schemathesis: ${(pip.error?.message ?? pip.stderr).trim().split('\n').slice(-3).join(' ')}`;
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
    return null;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
