import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';

export interface Device {
  type: 'cpu' | 'gpu';
  name: string;
}

/**
 * What this worker offers, without starting an engine (which would take memory for as long as the worker lives). It is what
 * the API shows beside the worker; what a run really trains on is in its `started` event, and the trainer refuses to run on
 * a CPU when a GPU was asked for.
 */
export async function detectDevice(setting: 'cpu' | 'gpu' | 'auto'): Promise<Device> {
  const cpu: Device = { type: 'cpu', name: `${cpus()[0]?.model ?? 'CPU'} (${cpus().length} cores)`.slice(0, 200) };
  if (setting === 'cpu') return cpu;
  const gpu = await firstGpu();
  if (gpu !== null) return { type: 'gpu', name: gpu.slice(0, 200) };
  return setting === 'gpu' ? { type: 'gpu', name: 'GPU' } : cpu;
}

async function firstGpu(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: 10_000 });
    return stdout.split('\n')[0]?.trim() || null;
  } catch {
    return null;
  }
}
