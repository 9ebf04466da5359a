import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildOnce, cache } from './cacheFolder.mjs';
import { say, SetupError, step } from './commands.mjs';
import { download } from './download.mjs';

/** torchvision's weights trained on ImageNet, by backbone; each name carries the beginning of the file's SHA-256. */
const published = { resnet18: 'resnet18-f37072fd.pth', resnet34: 'resnet34-b627a593.pth' };
/** The one that is fetched without being asked for: all presets start from it. */
const unasked = 'resnet18';
const hour = 3600 * 1000;

/** The environment variable that names a backbone's weights: a file, or the word "download". */
export const weightsVariable = (backbone) => `THAW_${backbone.toUpperCase()}_WEIGHTS`;

/**
 * ImageNet weights of each backbone: what its variable names, or the cached file, or a download where that is asked for or due.
 * @param {{ triedAt: number, insist: boolean }} past when the last download that nobody asked for failed (0: never); it is not tried
 * again for an hour unless someone insists, since a blocked host costs seconds at every start
 * @returns {Promise<{ files: Record<string, string>, triedAt: number }>} the files that there are, by backbone
 */
export async function weights({ triedAt, insist }) {
  const files = {};
  let failedAt = 0;
  for (const [backbone, name] of Object.entries(published)) {
    const variable = weightsVariable(backbone);
    const named = process.env[variable];
    const folder = path.join(cache, path.parse(name).name);
    if (named && named !== 'download') {
      files[backbone] = namedFile(variable, named);
      continue;
    }
    if (!existsSync(folder)) {
      if (named) await fetchAsked(name, folder, variable);
      else if (backbone === unasked) failedAt = !insist && Date.now() - triedAt < hour ? triedAt : await tryFetch(name, folder, variable);
    }
    if (existsSync(folder)) files[backbone] = path.join(folder, name);
  }
  return { files, triedAt: failedAt };
}

function namedFile(variable, named) {
  // As the person who typed it sees it: from where npm was called.
  const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), named);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new SetupError(`${variable} names ${file}, and there is no such file.`, 2);
  return file;
}

async function fetchAsked(name, folder, variable) {
  try {
    await fetchPublished(name, folder);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`${variable}=download: ${error.message.split('\n')[0]}. Try again where that host can be reached, or name a file (.pth or .safetensors) in ${variable}.`);
  }
}

/** @returns {Promise<number>} when it failed; 0 where it did not */
async function tryFetch(name, folder, variable) {
  try {
    await fetchPublished(name, folder);
    return 0;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    say(`no imagenet weights: ${error.message.split('\n')[0]}. Name a file (.pth or .safetensors) in ${variable} to use one.`);
    return Date.now();
  }
}

function fetchPublished(name, folder) {
  const url = `https://download.pytorch.org/models/${name}`;
  const begin = path.parse(name).name.split('-')[1];
  return buildOnce(folder, (temporary) =>
    step(`imagenet weights (${name})`, async () => {
      const file = path.join(temporary, name);
      await download(url, file, { maxBytes: 100 * 2 ** 20 });
      const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
      if (!hash.startsWith(begin)) throw new Error(`${url} is not the published file (its SHA-256 begins with ${hash.slice(0, 8)})`);
    }),
  );
}
