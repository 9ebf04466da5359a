import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { apiClient } from '../../src/demo/apiClient.ts';
import { readDemoArguments } from '../../src/demo/demoArguments.ts';
import { followRun } from '../../src/demo/followRun.ts';
import { runDemo } from '../../src/demo/runDemo.ts';
import { Screen } from '../../src/demo/screen.ts';
import { readSetupPaths, repositoryRoot } from '../../src/stack/setupPaths.ts';
import { StackError } from '../../src/stack/stackError.ts';
import { stopSignals } from '../../src/stopSignals.ts';
import { findCompose, run, succeeds } from './docker.ts';
import { gpuImage, tryWithoutGpu } from './gpuImage.ts';
import { describeImages, provideBaseImages } from './images.ts';
import { makeProject, type Project } from './project.ts';
import { signIn, untilServed } from './signIn.ts';

/**
 * `npm run test:docker`: builds all images (but the one for GPUs), brings the whole of compose.yaml up, takes the demo's run, an export and an
 * import through it, then has the dispatcher start trainers as containers, runs the launcher's tests, and takes everything down.
 * `-- --no-build` takes the images as they are; `-- --gpu` also builds the one for GPUs (6 GB), and sees it refuse to work without one.
 */
const say = (line: string): void => console.log(`docker: ${line}`);
const files = ['compose.yaml', 'compose.launcher.yaml'];

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  say(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

async function walk(project: Project, folder: string, signal: AbortSignal): Promise<void> {
  const key = await signIn(project.web, project.email, project.password);
  const access = { url: `${project.web}/api`, key };
  const api = apiClient(access, signal);
  const addresses = { dashboard: project.web, api: access.url, email: project.email, password: null, apiKey: key, databaseUrl: '', s3: { endpoint: project.storage, region: '', bucket: 'thaw', accessKeyId: '', secretAccessKey: '' } };
  const summary = path.join(folder, 'summary.json');
  const order = readDemoArguments(['--exit', '--json', summary, '--epochs', '2', '--train-limit', '500', '--state', folder], process.env);
  if ((await runDemo(order, addresses, new Screen(process.stdout, process.env['TERM']), signal)) !== 0) throw new StackError('The run of the demo did not succeed.');

  const [done] = (await (await fetch(`${access.url}/v1/runs?status=succeeded`, { headers: { authorization: `Bearer ${key}` } })).json() as { items: { id: string }[] }).items;
  if (done === undefined) throw new StackError('No run has succeeded.');
  // Made by the worker for tasks, and fetched from the storage by the address that people have.
  await timed('export as ONNX', async () => {
    for (let tries = 0; ; tries++) {
      const reply = await fetch(`${access.url}/v1/runs/${done.id}/checkpoints/last/onnx`, { headers: { authorization: `Bearer ${key}` }, signal });
      if (reply.ok && (await reply.arrayBuffer()).byteLength > 40e6) return;
      if (reply.status !== 503 || tries > 30) throw new StackError(`The export was answered with ${reply.status}.`);
    }
  });
  await timed('import of a data set', async () => {
    const pictures = path.join(folder, 'pictures');
    for (const [name, shade] of [['dark', 40], ['light', 200]] as const) {
      mkdirSync(path.join(pictures, name), { recursive: true });
      for (let i = 0; i < 12; i++) {
        const png = new PNG({ width: 40, height: 40 });
        png.data.forEach((_, at) => (png.data[at] = at % 4 === 3 ? 255 : (shade + at * (i + 1)) % 256));
        writeFileSync(path.join(pictures, name, `${i}.png`), PNG.sync.write(png));
      }
    }
    await run(process.execPath, [path.join(repositoryRoot, 'infra/src/upload.ts'), pictures, '--name', 'shades', '--api', access.url, '--key', key]);
  });

  await project.compose(['stop', 'trainer-cpu']);
  await timed('dispatcher with the docker launcher', () => project.compose(['up', '-d', '--no-deps', 'dispatcher'], files));
  const request = { preset: 'scratch', schedule: { epochs: 1 }, data: { trainLimit: 500, testLimit: 100 } };
  for (const which of ['first', 'second', 'third'] as const) {
    const start = performance.now();
    const { id } = await api.createRun(request);
    let firstStep: number | null = null;
    for await (const message of followRun({ ...access, runId: id, signal })) {
      if (message.type === 'batch' && message.events.some(({ type }) => type === 'iteration')) firstStep ??= performance.now() - start;
    }
    const { status, failure } = await api.getRun(id);
    if (status !== 'succeeded' || firstStep === null) throw new StackError(`The ${which} run in a launched container is ${status}: ${failure?.message ?? ''}`);
    say(`${which} run in a launched container: first step seen ${(firstStep / 1000).toFixed(1)} s after it was asked for`);
    // The second finds no worker: that of the first has ended. The third finds one that waits.
    if (which === 'first') await untilNone(project);
  }
  await untilNone(project);
}

/** No container of a worker is left: each ends when nothing has come for some seconds. */
async function untilNone({ name }: Project): Promise<void> {
  for (let second = 0; second < 90; second++) {
    if ((await run('docker', ['ps', '-aq', '--filter', `label=thaw.deployment=${name}`])).trim() === '') return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new StackError('A worker that has nothing to do does not end.');
}

async function main(): Promise<void> {
  const compose = findCompose();
  if (!succeeds('docker', ['info']) || compose === null) {
    console.log(`skipped: ${compose === null ? 'there is no docker compose' : 'no Docker answers'} on this machine`);
    return;
  }
  const signal = stopSignals();
  const images = await timed('base images', () => provideBaseImages(say));
  const project = await makeProject(compose, images, readSetupPaths());
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-smoke-'));
  try {
    if (!process.argv.includes('--no-build')) await timed('build', () => project.compose(['build']));
    const names = ['api', 'web', 'ingest', 'worker-cpu', 'setup'].map((name) => `thaw-${name}:0.1.0`);
    for (const line of await describeImages(names)) say(line);
    if (process.argv.includes('--gpu')) {
      await timed('build for GPUs', () => project.compose(['build', 'trainer-gpu']));
      for (const line of await describeImages([gpuImage])) say(line);
      say(await tryWithoutGpu());
    }
    await timed('up', async () => {
      await project.compose(['up', '-d']);
      await untilServed(project.web);
    });
    await walk(project, folder, signal);
    await run(process.execPath, [path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs'), 'run', 'test/integration/dockerLauncher.test.ts'], { THAW_DOCKER_BASE: images.base });
    say('the launcher passes its tests');
  } catch (error) {
    for (const service of ['setup', 'api', 'dispatcher', 'trainer-cpu']) console.error(await project.compose(['logs', '--no-color', '--tail', '15', service]).catch(String));
    throw error;
  } finally {
    // The dispatcher first: it stops the containers that it has started.
    await project.compose(['stop', 'dispatcher'], files).catch((error: unknown) => console.error(error));
    await project.compose(['down', '-v', '--remove-orphans', '-t', '5']).catch((error: unknown) => console.error(error));
    project.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}
process.exit();
