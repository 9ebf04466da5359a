import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const nodeModules = path.join(root, 'node_modules');

/** A failure that its sentence explains; shown without a stack. `exitCode` 2: what the person named is wrong. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {string} line */
export const say = (line) => void process.stderr.write(`setup: ${line}\n`);

/**
 * Runs one step and says how long it took.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 */
export async function step(name, work) {
  const start = performance.now();
  const result = await work();
  say(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

const children = new Set();
/** Unfinished folders, removed however we end (but by SIGKILL). */
export const unfinished = new Set();

/** Ends what setup has started and removes what is half built. */
export function cleanUp() {
  for (const child of children) child.kill('SIGTERM');
  for (const folder of unfinished) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Runs a program quietly.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, missing?: string, failure?: string }} options `missing`: the sentence when there
 * is no such program; `failure`: the sentence when it fails (the end of its output follows).
 * @returns {Promise<string>} its output
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? root, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let stdout = '';
    let both = '';
    child.stdout.on('data', (text) => ((stdout += text), (both = (both + text).slice(-4000))));
    child.stderr.on('data', (text) => (both = (both + text).slice(-4000)));
    child.on('error', (error) => {
      children.delete(child);
      reject(new SetupError(error.code === 'ENOENT' && options.missing ? options.missing : `${command} cannot be started: ${error.message}.`));
    });
    child.on('close', (code) => {
      children.delete(child);
      if (code === 0) return resolve(stdout);
      const end = both.trim().split('\n').slice(-8).join('\n');
      reject(new SetupError(`${options.failure ?? `${path.basename(command)} ${args[0] ?? ''} failed.`} Its last words:\n${end}`));
    });
  });
}

/** The npm that runs this script, started with this Node: a node on the PATH may be the one that npm is just replacing. */
export function npm(args, options = {}) {
  const env = { ...process.env };
  // What was said to the outer npm (such as -w workers/gpu) is not meant for this one.
  for (const key of Object.keys(env)) {
    if (/^npm_config_(workspaces?|include_workspace_root|local_prefix|global|dry_run|json|silent|omit|ignore_scripts)$/i.test(key)) delete env[key];
  }
  env.npm_config_loglevel = 'error';
  const file = process.env.npm_execpath;
  const own = file !== undefined && /npm-cli\.[cm]?js$/.test(file);
  return run(own ? process.execPath : 'npm', own ? [file, ...args] : args, { ...options, env, missing: 'npm is missing: install Node.js with npm.', failure: `npm ${args[0]} failed.` });
}
