import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Each worker works in a folder of its own, marked with its owner. A folder of this host is abandoned when its process is
 * gone; one of another host (a shared volume) only when nothing in it has changed for a week.
 */
const owner = z.object({ host: z.string(), pid: z.number().int().positive(), born: z.string() });
const prefix = 'worker-';
const ownerFile = 'owner.json';
const foreignMs = 7 * 24 * 60 * 60 * 1000;

/** Creates this worker's folder under `base`. */
export async function createWorkFolder(base: string): Promise<string> {
  const folder = join(base, prefix + randomUUID());
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ownerFile), JSON.stringify({ host: hostname(), pid: process.pid, born: (await birthOf(process.pid)) ?? '' }));
  return folder;
}

/**
 * Removes what workers left that are gone (killed, crashed). What cannot be removed now (the child of a killed worker may still be
 * writing its last) is left for the next worker that starts. Returns the number of folders removed.
 */
export async function removeAbandonedFolders(base: string): Promise<number> {
  await mkdir(base, { recursive: true });
  let removed = 0;
  for (const name of await readdir(base)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(base, name);
    if (!(await isAbandoned(folder))) continue;
    await rm(folder, { recursive: true, force: true }).then(
      () => (removed += 1),
      () => undefined,
    );
  }
  return removed;
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const age = Date.now() - (await stat(folder)).mtimeMs;
    const marked = owner.safeParse(await readFile(join(folder, ownerFile), 'utf8').then(JSON.parse).catch(() => null));
    // A folder without a mark may be one that is being made right now.
    if (!marked.success) return age > 60_000;
    const { host, pid, born } = marked.data;
    if (host !== hostname()) return age > foreignMs;
    return !isAlive(pid) || ((await birthOf(pid)) ?? born) !== born;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process was started, in ticks since boot: tells a process from a later one with the same number. Linux only. */
async function birthOf(pid: number): Promise<string | null> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name (in parentheses) may hold anything; field 22 is the 20th after it.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
