import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildOnce, cache } from './cacheFolder.mjs';
import { say, SetupError, step } from './commands.mjs';
import { download } from './download.mjs';

/** torchvision's ResNet18 trained on ImageNet; its name carries the beginning of its SHA-256. */
const name = 'resnet18-f37072fd.pth';
const url = `https://download.pytorch.org/models/${name}`;
const hour = 3600 * 1000;

/**
 * ImageNet weights: THAW_RESNET18_WEIGHTS, or the cached file, or a download.
 * @param {{ triedAt: number, insist: boolean }} past when the last download failed (0: never); it is not tried again for an hour
 * unless someone insists, since a blocked host costs seconds at every start
 * @returns {Promise<{ file: string | null, triedAt: number }>}
 */
export async function weights({ triedAt, insist }) {
  const named = process.env.THAW_RESNET18_WEIGHTS;
  if (named) {
    // As the person who typed it sees it: from where npm was called.
    const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), named);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new SetupError(`THAW_RESNET18_WEIGHTS names ${file}, and there is no such file.`, 2);
    return { file, triedAt: 0 };
  }
  const folder = path.join(cache, 'resnet18-f37072fd');
  if (existsSync(folder)) return { file: path.join(folder, name), triedAt: 0 };
  if (!insist && Date.now() - triedAt < hour) return { file: null, triedAt };
  try {
    await buildOnce(folder, (temporary) =>
      step('imagenet weights', async () => {
        const file = path.join(temporary, name);
        await download(url, file, { maxBytes: 60 * 2 ** 20 });
        const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
        if (!hash.startsWith('f37072fd')) throw new Error(`${url} is not the published file (its SHA-256 begins with ${hash.slice(0, 8)})`);
      }),
    );
    return { file: path.join(folder, name), triedAt: 0 };
  } catch (error) {
    if (error instanceof SetupError) throw error;
    say(`no imagenet weights: ${error.message.split('\n')[0]}. Name a file (.pth or .safetensors) in THAW_RESNET18_WEIGHTS to use one.`);
    return { file: null, triedAt: Date.now() };
  }
}
