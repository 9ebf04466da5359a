import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildGoProgram, findOnPath } from './goProgram.ts';
import { readSetupPaths } from './setupPaths.ts';
import { StackError } from './stackError.ts';

/** The last release of the community edition. Run as a program only, never linked (AGPL). */
const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c';

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
export const buildMinio = (log: (line: string) => void): string =>
  buildGoProgram(
    {
      title: 'MinIO',
      source: 'github.com/minio/minio',
      version: minioVersion,
      target: cachedMinio(),
      advice: ', put a program named minio on the PATH, or name one in THAW_MINIO',
      takes: '3 to 5 minutes',
    },
    log,
  );
