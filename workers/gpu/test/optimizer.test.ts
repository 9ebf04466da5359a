import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { OptimizerSpec } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { compileProgram, type Step } from '../src/engine/program.ts';
import type { Variable } from '../src/engine/variable.ts';
import { applyUpdate, ParameterGroup, updateFeed, updateFeedLength } from '../src/train/optimizer.ts';
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

const close = (actual: number | undefined, expected: number, tolerance: number) => expect(Math.abs((actual as number) / expected - 1)).toBeLessThan(tolerance);

describe.each(golden.adam)("Adam, torch's series $name", ({ learningRate, weightDecay, steps }) => {
  it('is met step by step: value and moments', () => {
    const spec = adam({ learningRate, weightDecay });
    const group = new ParameterGroup('body', 1);
    const program = compileProgram(group.variables, { update: updateStep(spec, [group]) });
    const write = (variable: Variable, value: number) => program.write(variable, Float32Array.of(value));
    write(group.value, 1);
    write(group.firstMoment, 0);
    write(group.secondMoment, 0);
    steps.forEach(({ gradient, value, exp_avg, exp_avg_sq }, index) => {
      program.run('update', { 'gradient/body': Float32Array.of(gradient), 'update/body': Float32Array.from(updateFeed(spec, learningRate, index + 1)) });
      close(program.read(group.value)[0], value, 1e-7);
      close(program.read(group.firstMoment)[0], exp_avg, 1e-6);
      // float32(0.999) leaves 1.3e-5 more or less of 0.001; the bias correction, which knows, takes it out of the value again.
      close(program.read(group.secondMoment)[0], exp_avg_sq, 2e-5);
    });
    program.close();
  });
});

describe('Adam over a thaw', () => {
  const spec = adam({ learningRate: 0.1, weightDecay: 0.1 });
  const [body, head] = [new ParameterGroup('body', 3), new ParameterGroup('head', 2)];
  const program = compileProgram([...body.variables, ...head.variables], { frozen: updateStep(spec, [head]), full: updateStep(spec, [body, head]) });
  const start = { body: Float32Array.of(1, 0.1, -3e-39), head: Float32Array.of(1, 1) };
  for (const group of [body, head]) {
    program.write(group.value, start[group.name]);
    for (const moment of [group.firstMoment, group.secondMoment]) program.write(moment, new Float32Array(moment.size));
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
        expect([...program.read(body.firstMoment), ...program.read(body.secondMoment)]).toEqual([0, 0, 0, 0, 0, 0]);
      }
      close(program.read(head.value)[0], expected.head, 3e-7);
      close(program.read(body.value)[0], expected.body, 3e-7);
    });
    program.close();
  });
});

describe('what a step of Adam feeds', () => {
  it('comes to the rate and the epsilon themselves after many steps', () => {
    expect(updateFeed(adam({}), 1e-3, 1e6)).toEqual([1e-3, 1e-8]);
  });
});
