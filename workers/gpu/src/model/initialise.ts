import type { Rng } from '../data/random.ts';
import type { HostTensor } from './layout.ts';
import { sizeOf } from './layout.ts';
import type { Entry } from './resnet.ts';

/**
 * torchvision's initial values of a ResNet: convolutions from Kaiming's normal distribution (fan out, ReLU), batch norms 1 and
 * 0, the head as torch.nn.Linear does (uniform within 1/sqrt(features)).
 *
 * @param needed which entries to make; an entry has the same values whether the others are made or not
 */
export function initialState(entries: readonly Entry[], rng: Rng, needed: (name: string) => boolean = () => true): Map<string, HostTensor> {
  const state = new Map<string, HostTensor>();
  for (const entry of entries) {
    if (needed(entry.name)) state.set(entry.name, { shape: entry.shape, data: initialValues(entry, rng) });
    else rng.skip(drawsOf(entry));
  }
  return state;
}

/** How many 32-bit draws an entry takes: two for a normal value, one for a uniform one. */
const drawsOf = ({ role, shape }: Entry): number => (role === 'convolution' ? 2 * sizeOf(shape) : role === 'head' ? sizeOf(shape) : 0);

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
