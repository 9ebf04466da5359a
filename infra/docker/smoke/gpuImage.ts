import { z } from 'zod';
import { StackError } from '../../src/stack/stackError.ts';
import { run } from './docker.ts';

export const gpuImage = 'thaw-worker-gpu:0.1.0';

const sbom = z.object({ components: z.array(z.object({ name: z.string() })) });

/** The image for GPUs without one: its worker must say so and end before it asks for work, and its list must name what NVIDIA has in it. */
export async function tryWithoutGpu(): Promise<string> {
  const nowhere = ['--network', 'none', '-e', 'THAW_API_URL=http://127.0.0.1:9', '-e', 'THAW_WORKER_TOKEN=none'];
  const words = await run('docker', ['run', '--rm', '--read-only', '--tmpfs', '/tmp', ...nowhere, gpuImage]).then(
    () => 'it has ended well',
    (error: unknown) => (error instanceof StackError ? error.message : String(error)),
  );
  const refusal = /The device of this worker cannot be used: .+/.exec(words)?.[0];
  if (refusal === undefined) throw new StackError(`A worker for GPUs without a GPU should refuse: ${words}`);
  const { components } = sbom.parse(JSON.parse(await run('docker', ['run', '--rm', gpuImage, 'cat', '/app/sbom.cdx.json'])));
  for (const wanted of ['tensorflow', 'nvidia-cudnn-cu12'])
    if (!components.some(({ name }) => name === wanted)) throw new StackError(`${wanted} is not in the list of what ${gpuImage} contains.`);
  return `${refusal} Its list has ${components.length} components.`;
}
