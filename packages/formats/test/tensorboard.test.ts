import { expect, it } from 'vitest';
import { tensorboardEvent, tensorboardHeader } from '../src/tensorboard.ts';

it('writes the same bytes as TensorBoard itself', () => {
  const file = Buffer.concat([
    tensorboardHeader(1_700_000_000),
    tensorboardEvent({ time: 1_700_000_001, step: 0, scalars: [['epoch/val_loss', 2.5]] }),
    tensorboardEvent({ time: 1_700_000_002, step: 300, scalars: [['iteration/loss', Infinity], ['iteration/learning_rate', 0.001]] }),
    tensorboardEvent({ time: 1_700_000_003, step: 2 ** 31 - 1, scalars: [['iteration/loss', NaN]] }),
  ]);
  // Made with RecordWriter and Event of the Python package tensorboard 2.19.0.
  expect(file.toString('hex')).toBe(
    '1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d' +
      '220000000000000078113dfd0900004040fc54d9412a170a150a0e65706f63682f76616c5f6c6f737315000020401a633c6d' +
      '4500000000000000ebe668b00900008040fc54d94110ac022a370a150a0e697465726174696f6e2f6c6f7373150000807f0a1e0a17697465726174696f6e2f6c6561726e696e675f72617465156f12833aca781a52' +
      '2800000000000000ff70164a090000c040fc54d94110ffffffff072a170a150a0e697465726174696f6e2f6c6f7373150000c07f44f07d1b',
  );
});
