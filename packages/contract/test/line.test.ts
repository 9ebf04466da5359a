import { expect, it } from 'vitest';
import { trainerEvent } from '../src/events.ts';
import { line, lines } from '../src/line.ts';
import { runName } from '../src/runs.ts';
import { claimRequest } from '../src/worker.ts';

it('a name is one line: spaces around it go, control characters are refused', () => {
  expect(runName.parse('  my run\n')).toBe('my run');
  for (const name of ['', '  ', 'a\nb', 'a\u0000', 'a\u001b[31m', 'x'.repeat(201)]) expect(runName.safeParse(name).success, JSON.stringify(name)).toBe(false);
});

it('what a worker says of itself has no NUL, which the database cannot hold', () => {
  const worker = (name: string) => claimRequest.safeParse({ worker: { name: 'w', device: { type: 'cpu', name } } }).success;
  expect([worker('AMD EPYC'), worker('AMD\u0000')]).toEqual([true, false]);
  const started = (engine: string) =>
    trainerEvent.safeParse({ type: 'started', step: 0, resumedFromStep: null, device: { type: 'cpu', name: 'c' }, engine, weights: 'none', classes: 2, images: { train: 1, val: 0, test: 1 }, stepsPerEpoch: 1, epochs: 1 }).success;
  expect([started('TensorFlow 2.21.0'), started('Tensor\u0000')]).toEqual([true, false]);
});

it('control characters are those that Unicode calls so, whatever else there is', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const char = String.fromCharCode(code);
    const isControl = /\p{Cc}/u.test(char);
    if (line(9).safeParse(char).success === isControl || lines(9).safeParse(char).success === (isControl && !'\t\r\n'.includes(char))) expect.fail(`U+${code.toString(16)}`);
  }
  expect(lines(9).safeParse('a\n猫\t🐈').success).toBe(true);
});
