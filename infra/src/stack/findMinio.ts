import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { readSetupPaths } from './setupPaths.ts';
import { StackError } from './stackError.ts';

/** The last release of the community edition. Run as a program only, never linked (AGPL). */
const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c';

function findOnPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (folder !== '' && statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** A MinIO program that is there already: THAW_MINIO, the PATH, or one built earlier; null where none is. */
export function findMinio(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = env['THAW_MINIO'];
  if (named) {
    if (!existsSync(named)) throw new StackError(`THAW_MINIO names ${named}, which does not exist.`);
    return named;
  }
  const built = cachedMinio();
  return findOnPath('minio') ?? (existsSync(built) ? built : null);
}

const cachedMinio = (): string => path.join(readSetupPaths().cache, `minio-${minioVersion.slice(-12)}`, 'minio');

/**
 * Builds MinIO with Go into the cache (3 to 5 minutes the first time).
 * @throws StackError where there is no Go or the build fails.
 */
export function buildMinio(log: (line: string) => void): string {
  const target = cachedMinio();
  if (existsSync(target)) return target;
  const go = findOnPath('go');
  if (go === null) {
    throw new StackError('MinIO is missing: install Go (it is then built by itself), put a program named minio on the PATH, or name one in THAW_MINIO.');
  }
  log('building MinIO with Go, once (3 to 5 minutes)');
  const folder = path.dirname(target);
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.tmp-`);
  try {
    const result = spawnSync(go, ['install', `github.com/minio/minio@${minioVersion}`], {
      env: { ...process.env, GOBIN: temporary },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    if (result.status !== 0) {
      const words = (result.error?.message ?? result.stderr).trim().split('\n').slice(-5).join('\n');
      throw new StackError(`MinIO could not be built with "go install": ${words}\nName a program in THAW_MINIO, or put one on the PATH.`);
    }
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}
