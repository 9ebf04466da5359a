import { mkdirSync, openSync, readFileSync, rmSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import { root, say } from './commands.mjs';

const file = path.join(root, '.thaw', 'setup.lock');

/** One set-up at a time in one checkout: two at once would replace node_modules under each other. Gone at exit. */
export async function takeLock() {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; ; ) {
    try {
      const lock = openSync(file, 'wx');
      writeSync(lock, String(process.pid));
      closeSync(lock);
      process.on('exit', releaseLock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readOrEmpty());
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
    else if (!waited) say(`waiting for another set-up of this checkout (process ${owner || 'unknown'})`);
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function releaseLock() {
  if (Number(readOrEmpty()) === process.pid) rmSync(file, { force: true });
}

function readOrEmpty() {
  try {
    return readFileSync(file, 'utf8');
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
