import type { Backbone } from '@thaw/contract/backbones';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { sizeOf, type HostTensor } from '../src/model/layout.ts';
import { stateEntries, type Entry } from '../src/model/resnet.ts';

/** Without the sine's regularity, which leaves channels alike and gradients huge; as evenly spread as uniform noise, and as strong. */
const scattered = (angle: number): number => Math.sqrt(1.5) * (2 * ((Math.abs(Math.sin(angle)) * 43758.5453) % 1) - 1);

/**
 * A ResNet whose values come from a formula, so that PyTorch and these tests start from the same weights without a file:
 * element k of tensor t is offset + std * sqrt(2) * wave(12.9898 (k+1) + 78.233 (t+1)), t being the position in torchvision's
 * state_dict, num_batches_tracked counted; the wave is a sine for ResNet18, and noise for ResNet34.
 */
export function formulaState(classes = 10, backbone: Backbone = 'resnet18'): Map<string, HostTensor> {
  const state = new Map<string, HostTensor>();
  const wave = backbone === 'resnet18' ? Math.sin : scattered;
  let position = 0;
  for (const entry of stateEntries(backbone, classes)) {
    position += 1;
    const [offset, deviation] = offsetAndDeviation(entry);
    const data = new Float32Array(sizeOf(entry.shape));
    for (let k = 0; k < data.length; k++) data[k] = offset + deviation * Math.SQRT2 * wave(12.9898 * (k + 1) + 78.233 * position);
    state.set(entry.name, { shape: entry.shape, data });
    if (entry.role === 'variance') position += 1; // num_batches_tracked follows
  }
  return state;
}

function offsetAndDeviation({ name, role, shape }: Entry): [number, number] {
  switch (role) {
    case 'convolution':
      return [0, Math.sqrt(2 / ((shape[0] as number) * (shape[2] as number) * (shape[3] as number)))];
    case 'scale':
    case 'variance':
      return [1, 0.1];
    case 'offset':
    case 'mean':
      return [0, 0.05];
    case 'head':
      return [0, name === 'fc.weight' ? 0.05 : 0.01];
  }
}

/** Writes them as a weights file. */
export function writeFormulaWeights(file: string, classes = 10, backbone: Backbone = 'resnet18'): void {
  writeSafetensors(file, [...formulaState(classes, backbone)].map(([name, { shape, data }]) => ({ name, dtype: 'F32' as const, shape, data })), { format: 'pt' });
}
