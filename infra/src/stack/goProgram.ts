import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { StackError } from './stackError.ts';

/** A program that is built with Go, once, into a folder of its own. */
export interface GoProgram {
  /** What people call it. */
  title: string;
  /** The package that is its main, and the version of its module. */
  source: string;
  version: string;
  /** Where it is to be; its name is the one that Go gives it. */
  target: string;
  /** Said where there is no Go. */
  advice: string;
  /** How long that takes. */
  takes: string;
}

export function findOnPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (folder !== '' && statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/**
 * Builds it where it is not there yet. Two that do so at once do no harm.
 * @throws StackError where there is no Go or the build fails.
 */
export function buildGoProgram({ title, source, version, target, advice, takes }: GoProgram, log: (line: string) => void): string {
  if (existsSync(target)) return target;
  const go = findOnPath('go');
  if (go === null) throw new StackError(`${title} is missing: install Go (it is then built by itself)${advice}.`);
  log(`building ${title} with Go, once (${takes})`);
  const folder = path.dirname(target);
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.tmp-`);
  try {
    const result = spawnSync(go, ['install', `${source}@${version}`], { env: { ...process.env, GOBIN: temporary }, encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (result.status !== 0) {
      const words = (result.error?.message ?? result.stderr).trim().split('\n').slice(-5).join('\n');
      throw new StackError(`${title} could not be built with "go install": ${words}\nInstall it by hand${advice}.`);
    }
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}
