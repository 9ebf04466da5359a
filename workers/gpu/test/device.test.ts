import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectDevice } from '../src/agent/detectDevice.ts';

const command = [process.execPath, fileURLToPath(new URL('../src/cli.ts', import.meta.url))] as const;
// So that the engine sees no GPU on a machine that has one either.
const environment = { ...process.env, CUDA_VISIBLE_DEVICES: '' };

describe('the device of a worker', () => {
  it('is refused by the engine itself where a GPU is asked for and there is none', async () => {
    await expect(detectDevice({ setting: 'gpu', command, environment })).rejects.toThrow(/cannot be used: a GPU was asked for, but TensorFlow found none: check the driver/);
  });

  it('is the CPU, without asking the engine, where the CPU is asked for', async () => {
    expect(await detectDevice({ setting: 'cpu', command: ['/no/such/program'], environment })).toMatchObject({ type: 'cpu', name: expect.stringMatching(/cores\)$/) as unknown });
  });
});
