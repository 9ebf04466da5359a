import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildGoProgram, findOnPath } from './goProgram.ts';
import { readSetupPaths } from './setupPaths.ts';

/** MIT. Only tests use it: it makes networks slow and breaks them. */
const toxiproxyVersion = 'v2.12.0';

const cachedToxiproxy = (): string => path.join(readSetupPaths().cache, `toxiproxy-${toxiproxyVersion.slice(1)}`, 'server');

/** A toxiproxy server that is there already: on the PATH, or built earlier; null where none is. */
export function findToxiproxy(): string | null {
  const built = cachedToxiproxy();
  return existsSync(built) ? built : findOnPath('toxiproxy-server');
}

/**
 * Builds it with Go into the cache (some seconds).
 * @throws StackError where there is no Go or the build fails.
 */
export const buildToxiproxy = (log: (line: string) => void): string =>
  buildGoProgram(
    {
      title: 'toxiproxy',
      source: 'github.com/Shopify/toxiproxy/v2/cmd/server',
      version: toxiproxyVersion,
      target: cachedToxiproxy(),
      advice: ', or put a program named toxiproxy-server on the PATH',
      takes: 'half a minute',
    },
    log,
  );
