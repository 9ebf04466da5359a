import { networkInput } from '@thaw/prediction/networkInput';
import { normalise, toFloat } from '@thaw/gpu-worker/model/augment';
import { constant } from '@thaw/gpu-worker/engine/ops';
import { tf } from '@thaw/gpu-worker/engine/tensorflow';
import { expect, it } from 'vitest';

const mean = [0.4914, 0.4822, 0.4465];
const std = [0.2023, 0.1994, 0.201];

it.each([
  ['as large as they are', 32, 32],
  ['twice as large', 32, 64],
  ['larger, by no whole number', 32, 75],
  ['half as large', 64, 32],
  ['smaller, by no whole number', 250, 96],
])('pictures become what the trainer makes of them: %s', (_, side, imageSize) => {
  const pixels = Uint8Array.from({ length: side * side * 3 }, (__, at) => (at * 7919 + ((at * at) % 251)) % 256);
  const expected = tf.tidy(() => {
    const images = toFloat(constant('uint8', [1, side, side, 3], pixels), imageSize);
    return tf.transpose(normalise(images, mean, std), [0, 3, 1, 2]).dataSync<'float32'>();
  });
  const actual = networkInput(pixels, side, { imageSize, mean, std });
  expect(actual).toHaveLength(expected.length);
  const difference = actual.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (expected[at] as number))), 0);
  expect(difference).toBeLessThan(2e-5);
});
