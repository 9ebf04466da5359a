import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { OptimizerSpec } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { compileProgram, type Step } from '../src/engine/program.ts';
import { tf } from '../src/engine/tensorflow.ts';
import type { Variable } from '../src/engine/variable.ts';
import { applyUpdate, clipGradients, ParameterGroup, updateFeed, updateFeedLength } from '../src/train/optimizer.ts';
import golden from './vectors/optimizer.json' with { type: 'json' };

/** The defaults of a run, which are torch's. */
function adam(over: Partial<OptimizerSpec>): OptimizerSpec {
  const resolved = resolveSpec({ optimizer: over });
  if (!resolved.ok) throw new Error('no spec');
  return resolved.spec.optimizer;
}

/** A compiled step that updates groups with given gradients. */
function updateStep(spec: OptimizerSpec, groups: readonly ParameterGroup[]): Step {
  const inputs = groups.flatMap(({ name, value }) => [
    [`gradient/${name}`, { dtype: 'float32', shape: value.shape }] as const,
    [`update/${name}`, { dtype: 'float32', shape: [updateFeedLength] }] as const,
  ]);
  return {
    inputs: Object.fromEntries(inputs),
    body: (tensors) => {
      const read = groups.map(({ value }) => value.read());
      groups.forEach((group, index) => applyUpdate(spec, group, read[index] as NonNullable<(typeof read)[0]>, tensors[`gradient/${group.name}`] as never, tensors[`update/${group.name}`] as never));
      return { values: read[0] as NonNullable<(typeof read)[0]> };
    },
  };
}

const slot = (group: ParameterGroup, name: string): Variable => group.slots.get(name) as Variable;
const close = (actual: number | undefined, expected: number, tolerance: number) => expect(Math.abs((actual as number) / expected - 1)).toBeLessThan(tolerance);

describe.each(golden.adam)("Adam, torch's series $name", ({ learningRate, weightDecay, steps }) => {
  it('is met step by step: value and moments', () => {
    const spec = adam({ learningRate, weightDecay });
    const group = new ParameterGroup('body', 1, 'adam');
    const program = compileProgram(group.variables, { update: updateStep(spec, [group]) });
    const write = (variable: Variable, value: number) => program.write(variable, Float32Array.of(value));
    write(group.value, 1);
    write(slot(group, 'exp_avg'), 0);
    write(slot(group, 'exp_avg_sq'), 0);
    steps.forEach(({ gradient, value, exp_avg, exp_avg_sq }, index) => {
      program.run('update', { 'gradient/body': Float32Array.of(gradient), 'update/body': Float32Array.from(updateFeed(spec, learningRate, index + 1)) });
      close(program.read(group.value)[0], value, 1e-7);
      close(program.read(slot(group, 'exp_avg'))[0], exp_avg, 1e-6);
      // float32(0.999) leaves 1.3e-5 more or less of 0.001; the bias correction, which knows, takes it out of the value again.
      close(program.read(slot(group, 'exp_avg_sq'))[0], exp_avg_sq, 2e-5);
    });
    program.close();
  });
});

describe('Adam over a thaw', () => {
  const spec = adam({ learningRate: 0.1, weightDecay: 0.1 });
  const [body, head] = [new ParameterGroup('body', 3, 'adam'), new ParameterGroup('head', 2, 'adam')];
  const program = compileProgram([...body.variables, ...head.variables], { frozen: updateStep(spec, [head]), full: updateStep(spec, [body, head]) });
  const start = { body: Float32Array.of(1, 0.1, -3e-39), head: Float32Array.of(1, 1) };
  for (const group of [body, head]) {
    program.write(group.value, group === body ? start.body : start.head);
    for (const moment of group.slots.values()) program.write(moment, new Float32Array(moment.size));
  }

  it('leaves what is frozen alone to the byte, then counts its steps from the thaw, and keeps the moments of the head', () => {
    golden.thaw.forEach(({ gradient, ...expected }, index) => {
      const thawed = index >= 3;
      const rate = thawed ? 0.01 : 0.1;
      const headFeeds = { 'gradient/head': Float32Array.of(gradient, gradient), 'update/head': Float32Array.from(updateFeed(spec, rate, index + 1)) };
      if (thawed) program.run('full', { ...headFeeds, 'gradient/body': new Float32Array(3).fill(-gradient), 'update/body': Float32Array.from(updateFeed(spec, rate, index - 2)) });
      else {
        program.run('frozen', headFeeds);
        expect(Buffer.from(program.read(body.value).buffer)).toEqual(Buffer.from(start.body.buffer));
        expect([...program.read(slot(body, 'exp_avg')), ...program.read(slot(body, 'exp_avg_sq'))]).toEqual([0, 0, 0, 0, 0, 0]);
      }
      close(program.read(head.value)[0], expected.head, 3e-7);
      close(program.read(body.value)[0], expected.body, 3e-7);
    });
    program.close();
  });
});

/** Three steps with gradients 0.5, -0.2, 0.1 from parameter 1 at rate 0.1, or whatever the optimiser says otherwise. */
function series(over: Partial<OptimizerSpec>): number[] {
  const spec = adam(over);
  const group = new ParameterGroup('body', 1, spec.type);
  const program = compileProgram(group.variables, { update: updateStep(spec, [group]) });
  for (const variable of group.variables) program.write(variable, Float32Array.of(variable === group.value ? 1 : 0));
  const values = [0.5, -0.2, 0.1].map((gradient, index) => {
    program.run('update', { 'gradient/body': Float32Array.of(gradient), 'update/body': Float32Array.from(updateFeed(spec, spec.learningRate, index + 1)) });
    return program.read(group.value)[0] as number;
  });
  program.close();
  return values;
}

describe('the other optimisers', () => {
  const expectSeries = (actual: number[], expected: number[]) => expected.forEach((value, index) => close(actual[index], value, 3e-7));

  it("AdamW is torch's: the decay is not in the gradient", () => {
    expectSeries(series({ type: 'adamw', learningRate: 0.1, weightDecay: 0.1 }), [0.89, 0.846539418097, 0.800134846635]);
  });

  it('SGD with momentum adds up its gradients, weight decay in them (by hand)', () => {
    // buffers 0.6, 0.9*0.6 + (-0.2 + 0.094) = 0.434, 0.9*0.434 + (0.1 + 0.08966) = 0.58026
    expectSeries(series({ type: 'sgd', learningRate: 0.1, weightDecay: 0.1, momentum: 0.9 }), [0.94, 0.8966, 0.838574]);
    // Nesterov steps along gradient + momentum * buffer: 0.5 + 0.45, then -0.2 + 0.9 * 0.25, then 0.1 + 0.9 * 0.325
    expectSeries(series({ type: 'sgd', learningRate: 0.1, weightDecay: 0, momentum: 0.9, nesterov: true }), [0.905, 0.9025, 0.86325]);
  });
});

describe('gradient clipping', () => {
  const clip = (clipNorm: number | null, ...gradients: number[][]) =>
    tf.tidy(() => clipGradients(gradients.map((values) => tf.tensor1d(values)), clipNorm).map((gradient) => [...gradient.dataSync()]));

  it('scales all groups by one factor where their common norm is longer', () => {
    const [a, b] = clip(1, [3, 0], [0, 4]);
    expect(a?.map((value) => value.toFixed(6))).toEqual(['0.600000', '0.000000']);
    expect(b?.map((value) => value.toFixed(6))).toEqual(['0.000000', '0.800000']);
  });

  it('leaves shorter gradients, and all where it is off', () => {
    expect(clip(10, [3, 4])).toEqual([[3, 4]]);
    expect(clip(null, [3e4, 4])).toEqual([[3e4, 4]]);
  });
});

describe('what a step of Adam feeds', () => {
  it('comes to the rate and the epsilon themselves after many steps', () => {
    expect(updateFeed(adam({}), 1e-3, 1e6)).toEqual([1e-3, 1e-8, 1e-4]);
  });
});
