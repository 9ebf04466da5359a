import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';

const device = z.object({ type: z.enum(['cpu', 'gpu']), name: z.string().max(200) });
export type Device = z.infer<typeof device>;

export interface DetectOptions {
  setting: 'cpu' | 'gpu' | 'auto';
  /** Program and first arguments of the trainer, and what it inherits. */
  command: readonly [string, ...string[]];
  environment: NodeJS.ProcessEnv;
}

/**
 * What this worker computes on. Where a GPU is wanted or seems to be there, the training engine is asked, once and in a process of
 * its own (it would take memory for as long as the worker lives): a worker that was told to use a GPU and has none claims no run.
 *
 * @throws Error with the engine's sentence where the wanted device is not to be had
 */
export async function detectDevice({ setting, command: [program, ...args], environment }: DetectOptions): Promise<Device> {
  const run = promisify(execFile);
  const cpu: Device = { type: 'cpu', name: `${cpus()[0]?.model ?? 'CPU'} (${cpus().length} cores)`.slice(0, 200) };
  const driverAnswers = async (): Promise<boolean> => run('nvidia-smi', ['-L'], { timeout: 10_000 }).then(() => true, () => false);
  if (setting === 'cpu' || (setting === 'auto' && !(await driverAnswers()))) return cpu;
  try {
    const { stdout } = await run(program, [...args, 'device', '--device', setting], { env: environment, timeout: 120_000 });
    return device.parse(JSON.parse(stdout));
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    throw new Error(`The device of this worker cannot be used: ${said || (error as Error).message}`, { cause: error });
  }
}
