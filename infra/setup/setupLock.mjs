import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, say } from './commands.mjs';

const file = path.join(root, '.thaw', 'setup.lock');

/** One set-up at a time in one checkout: two at once would replace node_modules under each other. Gone at exit. */
export async function takeLock() {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !tryLock(); waited = true) {
    const owner = Number(readOrEmpty(file));
    if (owner > 0 && !isAlive(owner)) removeStale(owner);
    else if (!waited) say(`waiting for another set-up of this checkout (process ${owner || 'unknown'})`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  process.on('exit', releaseLock);
}

/** A link appears with its contents, or not at all: no lock is ever empty. */
function tryLock() {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves the dead owner's lock away first: where another starter was quicker, what was moved is its lock, and it gets it back. */
function removeStale(owner) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (Number(readOrEmpty(aside)) !== owner) linkSync(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(error.code)) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

export function releaseLock() {
  if (Number(readOrEmpty(file)) === process.pid) rmSync(file, { force: true });
}

function readOrEmpty(name) {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
