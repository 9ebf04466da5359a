import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { SetupError, unfinished } from './commands.mjs';

/** Heavy downloads, shared by all checkouts of this user. */
export const cache = path.resolve(process.env.THAW_CACHE || path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'thaw'));

/** Short name of exactly these contents: what was made from others is not found under it. */
export const fingerprint = (...parts) => parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex').slice(0, 16);

const day = 24 * 3600 * 1000;

/**
 * Makes a folder of the cache where it is missing: built beside its place and renamed, so that two checkouts at once do no harm.
 * @param {string} folder
 * @param {(temporary: string) => Promise<void>} build
 */
export async function buildOnce(folder, build) {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  try {
    mkdirSync(parent, { recursive: true });
  } catch (error) {
    throw new SetupError(`The cache folder ${parent} cannot be made (${error.code}). Name a folder that you can write to in THAW_CACHE.`);
  }
  // Left by a set-up that was killed.
  for (const name of readdirSync(parent).filter((one) => one.startsWith(`${path.basename(folder)}.tmp-`))) {
    const file = path.join(parent, name);
    if (Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > day) rmSync(file, { recursive: true, force: true });
  }
  const temporary = mkdtempSync(`${folder}.tmp-`);
  unfinished.add(temporary);
  try {
    await build(temporary);
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    unfinished.delete(temporary);
  }
}
