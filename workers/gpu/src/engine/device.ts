import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { TrainingError } from '../trainingError.ts';
import { backend } from './tensorflow.ts';

export type DeviceWish = 'cpu' | 'gpu' | 'auto';
export interface Device {
  type: 'cpu' | 'gpu';
  name: string;
}

/**
 * The device that TensorFlow computes on. With no usable GPU it falls back to the CPU without a word; so a wish for a GPU is
 * checked here and refused.
 *
 * @throws TrainingError `device_unavailable`
 */
export function checkDevice(wish: DeviceWish): Device {
  const type = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
  if (wish === 'gpu' && type === 'cpu')
    throw new TrainingError('device_unavailable', 'a GPU was asked for, but TensorFlow found none: check the driver (nvidia-smi) and the CUDA libraries of the engine, or choose the device cpu');
  // Which device TensorFlow uses is settled when it is loaded; CUDA_VISIBLE_DEVICES is what hides a GPU from it.
  if (wish === 'cpu' && type === 'gpu') throw new TrainingError('device_unavailable', 'the CPU was asked for on a machine with a GPU: set CUDA_VISIBLE_DEVICES= (empty) as well');
  return { type, name: (type === 'gpu' ? gpuName() : cpus()[0]?.model.trim()) || type.toUpperCase() };
}

function gpuName(): string {
  try {
    return execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8', timeout: 5000 }).split('\n')[0]?.trim() ?? '';
  } catch {
    return '';
  }
}
