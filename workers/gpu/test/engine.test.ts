import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { constant, execute, attribute, cast } from '../src/engine/ops.ts';
import { compileProgram, eagerProgram, type Program, type Step } from '../src/engine/program.ts';
import { backend, tf } from '../src/engine/tensorflow.ts';
import { Variable } from '../src/engine/variable.ts';

const float = (...values: number[]): Float32Array => Float32Array.from(values);
const scalar = (value: number): Tensor => constant('float32', [], float(value));
const liveTensors = (): number => backend.binding.getNumOfTensors();

/** A program over one variable, eager and compiled: whatever is true of one must be true of the other. */
const kinds = [
  ['eager', eagerProgram],
  ['compiled', compileProgram],
] as const;

describe.each(kinds)('%s program', (_kind, make) => {
  function withProgram(variables: Variable[], steps: Record<string, Step>, use: (program: Program) => void): void {
    const program = make(variables, steps);
    try {
      use(program);
    } finally {
      program.close();
    }
  }

  it('gives outputs of inputs: float32, int32 and uint8, and an axis of any length', () => {
    const step: Step = {
      inputs: { x: { dtype: 'float32', shape: [2] }, n: { dtype: 'int32', shape: [-1, 2] }, u: { dtype: 'uint8', shape: [3] } },
      body: ({ x, n, u }) => ({
        scaled: tf.mul(x as Tensor, scalar(3)),
        sum: tf.sum(cast(n as Tensor, 'int32', 'float32')),
        bytes: cast(u as Tensor, 'uint8', 'float32'),
      }),
    };
    withProgram([], { step }, (program) => {
      const feeds = { x: float(1, 2), u: Uint8Array.of(0, 128, 255) };
      const first = program.run('step', { ...feeds, n: Int32Array.of(1, 2) });
      expect(Object.fromEntries(Object.entries(first).map(([name, values]) => [name, [...values]]))).toEqual({ scaled: [3, 6], sum: [3], bytes: [0, 128, 255] });
      expect(program.run('step', { ...feeds, n: Int32Array.of(1, 2, 3, 4, 5, 6) })['sum']?.[0]).toBe(21);
    });
  });

  it('reads and writes variables, which all steps share', () => {
    const counter = new Variable('counter', [2]);
    const steps: Record<string, Step> = {
      add: {
        inputs: { x: { dtype: 'float32', shape: [2] } },
        body: ({ x }) => {
          counter.assign(tf.add(counter.read(), x as Tensor));
          return { done: scalar(1) };
        },
      },
      double: { inputs: {}, body: () => ({ twice: tf.mul(counter.read(), scalar(2)) }) },
    };
    withProgram([counter], steps, (program) => {
      program.write(counter, float(1, 10));
      program.run('add', { x: float(1, 2) });
      expect([...program.read(counter)]).toEqual([2, 12]);
      expect([...(program.run('double', {})['twice'] ?? [])]).toEqual([4, 24]);
      program.write(counter, float(-1, -2));
      expect([...(program.run('double', {})['twice'] ?? [])]).toEqual([-2, -4]);
    });
  });

  it('sees the writes of a step in the order in which they were made', () => {
    const [v, log] = [new Variable('v', []), new Variable('log', [4])];
    const step: Step = {
      inputs: { x: { dtype: 'float32', shape: [] } },
      body: ({ x }) => {
        const before = v.read();
        v.assign(x as Tensor);
        const assigned = v.read();
        v.subtract(scalar(1));
        const subtracted = v.read();
        v.assign(tf.mul(v.read(), scalar(100)));
        log.assign(tf.stack([before, assigned, subtracted, v.read()]));
        return { before, after: v.read() };
      },
    };
    withProgram([v, log], { step }, (program) => {
      program.write(v, float(7));
      program.write(log, float(0, 0, 0, 0));
      const { before, after } = program.run('step', { x: float(5) });
      expect([before?.[0], after?.[0]]).toEqual([7, 400]);
      expect([...program.read(log)]).toEqual([7, 5, 4, 400]);
      // An effect that no output depends on takes place too, and the next run sees it.
      expect(program.run('step', { x: float(1) })['before']?.[0]).toBe(400);
    });
  });

  it('updates variables in place, once a run', () => {
    const [value, first, second] = [new Variable('value', [2]), new Variable('first', [2]), new Variable('second', [2])];
    const step: Step = {
      inputs: { g: { dtype: 'float32', shape: [2] } },
      body: ({ g }) => {
        const read = value.read();
        const inputs = [...[value, first, second].map(({ resource }) => resource), ...[0, 0, 0.5, 0, 0, 1].map(scalar), g as Tensor];
        execute('ResourceApplyAdam', inputs, [attribute.type('T', 'float32'), attribute.bool('use_locking', false), attribute.bool('use_nesterov', false)], 0);
        return { read };
      },
    };
    withProgram([value, first, second], { step }, (program) => {
      for (const variable of [value, first, second]) program.write(variable, float(0, 0));
      // With both betas 0: value -= 0.5 g / (|g| + 1).
      expect([...(program.run('step', { g: float(1, -3) })['read'] ?? [])]).toEqual([0, 0]);
      expect([...program.read(value)]).toEqual([-0.25, 0.375]);
      expect([...(program.run('step', { g: float(0, 0) })['read'] ?? [])]).toEqual([-0.25, 0.375]);
      expect([...program.read(value)]).toEqual([-0.25, 0.375]);
    });
  });

  it('refuses inputs that are missing or of another size, and steps that are not there', () => {
    const step: Step = { inputs: { x: { dtype: 'float32', shape: [-1, 3] }, y: { dtype: 'float32', shape: [2] } }, body: ({ x, y }) => ({ x: tf.sum(x as Tensor), y: tf.sum(y as Tensor) }) };
    withProgram([], { step }, (program) => {
      expect(program.run('step', { x: float(1, 2, 3), y: float(1, 2) })['x']?.[0]).toBe(6);
      expect(() => program.run('step', { x: float(1, 2, 3) })).toThrow('input step/y is missing');
      expect(() => program.run('step', { x: float(1, 2, 3), y: float(1) })).toThrow(/step\/y has 1 values, not those of shape \[2\]/);
      expect(() => program.run('step', { x: float(1, 2, 3, 4), y: float(1, 2) })).toThrow(/step\/x has 4 values, not those of shape \[-1, 3\]/);
      expect(() => program.run('other', {})).toThrow('no step other');
    });
  });

  it('refuses values of another element type', () => {
    const step: Step = { inputs: { x: { dtype: 'float32', shape: [2] } }, body: ({ x }) => ({ x: tf.neg(x as Tensor) }) };
    withProgram([], { step }, (program) => {
      expect(() => program.run('step', { x: Int32Array.of(1, 2) })).toThrow();
    });
  });

  it('refuses values of another size for a variable', () => {
    const variable = new Variable('v', [2]);
    withProgram([variable], {}, (program) => expect(() => program.write(variable, float(1, 2, 3))).toThrow());
  });

  it('keeps no tensor alive from run to run', () => {
    const v = new Variable('v', [4]);
    const step: Step = {
      inputs: { x: { dtype: 'float32', shape: [4] } },
      body: ({ x }) => {
        const { value, grads } = tf.valueAndGrads((p: Tensor) => tf.sum(tf.square(tf.sub(p, x as Tensor))))([v.read()]);
        v.subtract(tf.mul(grads[0] as Tensor, scalar(0.1)));
        return { value };
      },
    };
    withProgram([v], { step }, (program) => {
      program.write(v, float(1, 2, 3, 4));
      program.run('step', { x: float(0, 0, 0, 0) });
      const [tensors, handles] = [tf.memory().numTensors, liveTensors()];
      for (let run = 0; run < 50; run++) {
        program.run('step', { x: float(0, 0, 0, 0) });
        program.read(v);
        program.write(v, float(1, 2, 3, 4));
      }
      expect([tf.memory().numTensors, liveTensors()]).toEqual([tensors, handles]);
    });
  });
});

describe('recording', () => {
  it('makes a value of JavaScript a constant', () => {
    let made = 0;
    const step: Step = { inputs: {}, body: () => ({ value: tf.add(scalar(++made), tf.tensor1d([10, 20])) }) };
    const program = compileProgram([], { step });
    for (let run = 0; run < 3; run++) expect([...(program.run('step', {})['value'] ?? [])]).toEqual([11, 21]);
    expect(made).toBe(1);
    program.close();
  });

  it('refuses a tensor that was made outside of it', () => {
    const outside = scalar(1);
    const step: Step = { inputs: {}, body: () => ({ value: tf.neg(outside) }) };
    expect(() => compileProgram([], { step })).toThrow('made outside of the recording');
    outside.dispose();
  });

  it('puts the binding back, also when a step throws', () => {
    const { binding } = backend;
    const step: Step = {
      inputs: {},
      body: () => {
        throw new Error('no');
      },
    };
    expect(() => compileProgram([], { step })).toThrow('no');
    expect(backend.binding).toBe(binding);
  });

  it('lets two programs of the same variables live side by side', () => {
    const build = () => {
      const v = new Variable('v', [1]);
      const program = compileProgram([v], { step: { inputs: {}, body: () => ({ v: v.read() }) } });
      return { v, program };
    };
    const [one, other] = [build(), build()];
    one.program.write(one.v, float(1));
    other.program.write(other.v, float(2));
    expect([one.program.run('step', {})['v']?.[0], other.program.run('step', {})['v']?.[0]]).toEqual([1, 2]);
    one.program.close();
    expect(other.program.read(other.v)[0]).toBe(2);
    other.program.close();
  });
});
