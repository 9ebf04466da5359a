// Plain JavaScript for Node >= 20 without any dependency, since nothing is installed yet: sets up what is missing, then runs its
// arguments with the Node that the lockfile pins. Before them, `--no-data`: the npm packages alone; `--engine`: these and TensorFlow,
// for commands that are told where their data and weights are; `--data`: these two alone, where the packages are installed.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { cache } from './cacheFolder.mjs';
import { cifar10 } from './cifar10.mjs';
import { cleanUp, nodeModules, root, SetupError } from './commands.mjs';
import { dashboard } from './dashboard.mjs';
import { dependencies, pinnedNode } from './dependencies.mjs';
import { engine } from './engine.mjs';
import { seaweedfs } from './seaweedfs.mjs';
import { releaseLock, takeLock } from './setupLock.mjs';
import { weights, weightsVariable } from './weights.mjs';

const record = path.join(nodeModules, '.thaw-setup.json');

function readRecord() {
  try {
    return JSON.parse(readFileSync(record, 'utf8'));
  } catch {
    return {};
  }
}

async function setUpPackages() {
  await takeLock();
  await dependencies();
  releaseLock();
  return {};
}

async function setUpEngine() {
  await takeLock();
  const packages = dependencies();
  await Promise.all([packages, engine(packages)]);
  releaseLock();
  return {};
}

async function setUpData() {
  const [images, { files }] = await Promise.all([cifar10(Promise.resolve()), weights({ triedAt: 0, insist: true })]);
  return { THAW_CIFAR10: images, ...weightsVariables(files) };
}

const weightsVariables = (files) => Object.fromEntries(Object.entries(files).map(([backbone, file]) => [weightsVariable(backbone), file]));

/** @returns {Promise<NodeJS.ProcessEnv>} where everything is, for the command and what it starts */
async function setUp(insist) {
  await takeLock();
  const packages = dependencies();
  const before = readRecord();
  const work = [packages, engine(packages), seaweedfs(), cifar10(packages), weights({ triedAt: before.weightsTriedAt ?? 0, insist }), dashboard(packages)];
  const [, , weed, images, imagenet, web] = await Promise.all(work);
  const found = { weed, cifar10: images, dashboard: web, weights: imagenet.files, weightsTriedAt: imagenet.triedAt };
  // For commands that are started without this launcher.
  const text = JSON.stringify(found, null, 2);
  if (text !== JSON.stringify(before, null, 2)) writeFileSync(record, text);
  releaseLock();
  return {
    THAW_WEED: weed,
    THAW_CIFAR10: images,
    THAW_DASHBOARD: web ?? '',
    THAW_CACHE: cache,
    THAW_CACHE_DIR: path.join(cache, 'objects'),
    ...weightsVariables(imagenet.files),
  };
}

function start(args, env) {
  const bin = path.dirname(pinnedNode);
  // By absolute path: the shell that runs an npm script still remembers where the old node was. The channel tells the command when
  // this process is gone.
  const child = spawn(pinnedNode, args, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env, PATH: bin + path.delimiter + process.env.PATH },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) {
    // npm passes a signal to its shell, and some shells end without passing it on.
    const shell = process.ppid;
    setInterval(() => process.ppid !== shell && child.kill('SIGTERM'), 500).unref();
  }
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

function fail(error) {
  cleanUp();
  process.stderr.write(`${error instanceof SetupError ? error.message : (error?.stack ?? error)}\n`);
  process.exit(error instanceof SetupError ? error.exitCode : 1);
}

let pinnedCommandRuns = false;
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(new SetupError(`Thaw needs Node.js 20.19 or newer to start, and this is ${process.versions.node}.`));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    if (pinnedCommandRuns) return;
    cleanUp();
    process.exit(128 + constants.signals[signal]);
  });
}
const args = process.argv.slice(2);
const part = { '--no-data': setUpPackages, '--engine': setUpEngine, '--data': setUpData }[args[0]];
if (part) args.shift();
try {
  const env = part ? await part() : await setUp(args.length === 0);
  if (args.length > 0) {
    pinnedCommandRuns = true;
    start(args, env);
  }
} catch (error) {
  fail(error);
}
