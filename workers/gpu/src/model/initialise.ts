import type { Rng } from '../data/random.ts';
import type { HostTensor } from './layout.ts';
import { sizeOf } from './layout.ts';
import type { Entry } from './resnet.ts';

/**
 * torchvision's initial values of a ResNet: convolutions from Kaiming's normal distribution (fan out, ReLU), batch norms 1 and
 * 0, the head as torch.nn.Linear does (uniform within 1/sqrt(features)).
 */
export function initialState(entries: readonly Entry[], rng: Rng): Map<string, HostTensor> {
  return new Map(entries.map((entry) => [entry.name, { shape: entry.shape, data: initialValues(entry, rng) }]));
}

function initialValues({ role, shape }: Entry, rng: Rng): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  switch (role) {
    case 'convolution': {
      const [out, , height, width] = shape as [number, number, number, number];
      const deviation = Math.sqrt(2 / (out * height * width));
      return data.map(() => deviation * rng.normal());
    }
    case 'head': {
      const bound = 1 / Math.sqrt(512);
      return data.map(() => bound * (2 * rng.uniform() - 1));
    }
    case 'scale':
    case 'variance':
      return data.fill(1);
    case 'offset':
    case 'mean':
      return data;
  }
}
