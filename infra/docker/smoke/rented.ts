import { madeWorkerToken } from '@thaw/contract/apiKeys';
import { z } from 'zod';
import { apiCaller } from '../../src/demo/apiClient.ts';
import { StackError } from '../../src/stack/stackError.ts';
import { run, succeeds } from './docker.ts';
import type { Project } from './project.ts';
import { startShortRun, untilSucceeded, type Visitor } from './shortRun.ts';

const image = 'thaw-worker-cpu:0.1.0';
const known = z.object({ items: z.array(z.object({ name: z.string() })) });

/**
 * A worker as the README has it for a rented GPU, but on a CPU: started by hand where nothing but the public addresses can be reached, with
 * the dashboard's address and a token of its own. No other trainer may be up.
 */
export async function tryRented(project: Project, visitor: Visitor): Promise<void> {
  const inside = "fetch('http://minio:9000').then(() => undefined, () => process.exit(1))";
  if (succeeds('docker', ['run', '--rm', '--network', project.elsewhere, image, 'node', '-e', inside])) throw new StackError('A worker elsewhere reaches the storage by its inner name.');

  const call = apiCaller(visitor.access, visitor.signal);
  const { token } = await call(madeWorkerToken, 'POST', '/v1/worker-tokens', { body: { name: 'rented' } });
  const settings = ['-e', 'THAW_STOP_SECONDS=60', '-e', `THAW_API_URL=${project.web}/api`, '-e', `THAW_WORKER_TOKEN=${token}`];
  const container = (await run('docker', ['run', '-d', '--network', project.elsewhere, '--stop-timeout', '60', ...settings, image])).trim();
  try {
    await untilSucceeded(visitor, await startShortRun(visitor, 2), 'of a worker elsewhere');
    const { items } = await call(known, 'GET', '/v1/workers');
    if (!items.some(({ name }) => container.startsWith(name))) throw new StackError(`GET /v1/workers does not name the worker elsewhere, but ${items.map(({ name }) => name).join(', ')}.`);
    await run('docker', ['stop', container]);
    const code = (await run('docker', ['inspect', '-f', '{{.State.ExitCode}}', container])).trim();
    if (code !== '0') throw new StackError(`The worker elsewhere ended with exit code ${code}.`);
  } catch (error) {
    console.error(await run('docker', ['logs', '--tail', '15', container]).catch(String));
    throw error;
  } finally {
    await run('docker', ['rm', '-f', '-v', container]);
  }
}
