import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { apiClient } from '../../src/demo/apiClient.ts';
import { readSetupPaths, repositoryRoot } from '../../src/stack/setupPaths.ts';
import { StackError } from '../../src/stack/stackError.ts';
import { stopSignals } from '../../src/stopSignals.ts';
import { findCompose, run, succeeds } from './docker.ts';
import { gpuImage, tryWithoutGpu } from './gpuImage.ts';
import { describeImages, provideBaseImages } from './images.ts';
import { launcherFiles, tryLaunched } from './launched.ts';
import { makeProject } from './project.ts';
import { tryRented } from './rented.ts';
import { tryRestored } from './restored.ts';
import { say, timed } from './say.ts';
import { signIn, untilServed } from './signIn.ts';
import { walk } from './walk.ts';

/**
 * `npm run test:docker`: builds all images (but the one for GPUs), brings the whole of compose.yaml up, takes the demo's run, an export and an
 * import through it, has a worker elsewhere train, then has the dispatcher start trainers as containers and one of them killed, backs up and
 * restores, runs the launcher's tests, and takes everything down.
 * `-- --no-build` takes the images as they are; `-- --gpu` also builds the one for GPUs (6 GB), and sees it refuse to work without one.
 */
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
    const access = { url: `${project.web}/api`, key: await signIn(project.web, project.email, project.password) };
    const visitor = { access, api: apiClient(access, signal), signal };
    const id = await walk(project, visitor, folder);
    await project.compose(['stop', 'trainer-cpu']);
    await timed('a run of a worker elsewhere', () => tryRented(project, visitor));
    await tryLaunched(project, visitor);
    await tryRestored(project, visitor, folder, id);
    await run(process.execPath, [path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs'), 'run', 'test/integration/dockerLauncher.test.ts'], { THAW_DOCKER_BASE: images.base });
    say('the launcher passes its tests');
  } catch (error) {
    for (const service of ['setup', 'api', 'dispatcher', 'trainer-cpu']) console.error(await project.compose(['logs', '--no-color', '--tail', '15', service]).catch(String));
    throw error;
  } finally {
    // The dispatcher first: it stops the containers that it has started.
    await project.compose(['stop', 'dispatcher'], launcherFiles).catch((error: unknown) => console.error(error));
    await project.compose(['down', '-v', '--remove-orphans', '-t', '5']).catch((error: unknown) => console.error(error));
    await project.remove();
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
