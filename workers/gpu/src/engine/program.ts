import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { Graph, typeValue, attributeValue } from './graph.ts';
import { attribute, constant } from './ops.ts';
import { Recorder } from './recorder.ts';
import { backend, dtypes, tf, type Dtype, type TypedArray } from './tensorflow.ts';
import type { Variable } from './variable.ts';

/** An input of a step. A length of -1 may differ from call to call; one such axis at most. */
export interface InputType {
  dtype: Dtype;
  shape: readonly number[];
}

/** A step: from inputs, and variables read and written inside, to outputs. Pure but for the variables. */
export interface Step {
  inputs: Readonly<Record<string, InputType>>;
  body: (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;
}
export type Feeds = Readonly<Record<string, TypedArray>>;
export type Outputs = Readonly<Record<string, TypedArray>>;

/** Steps that can be run, and the variables that they share. */
export interface Program {
  run(step: string, feeds: Feeds): Outputs;
  read(variable: Variable): Float32Array;
  write(variable: Variable, values: Float32Array): void;
  close(): void;
}

/** Runs steps op by op, as they are written. The reference that compiled programs are compared with. */
export function eagerProgram(variables: readonly Variable[], steps: Readonly<Record<string, Step>>): Program {
  return {
    run(name, feeds) {
      const step = stepNamed(steps, name);
      const outputs = tf.tidy(() => {
        const given = step.body(mapValues(step.inputs, (input, key) => inputTensor(input, feeds[key], `${name}/${key}`)));
        return mapValues(given, (tensor) => tf.keep(tensor));
      });
      return mapValues(outputs, (tensor) => {
        const values = tensor.dataSync() as TypedArray;
        tensor.dispose();
        return values;
      });
    },
    read(variable) {
      // Not in a tidy: it would look for tensors in every element of what it returns.
      const value = variable.read();
      const values = value.dataSync<'float32'>();
      value.dispose();
      return values;
    },
    write: (variable, values) => void tf.tidy(() => variable.assign(constant('float32', variable.shape, values))),
    close: () => variables.forEach((variable) => variable.destroy()),
  };
}

/**
 * Compiles steps into one TensorFlow graph, in which each runs as a single call: every step is executed once, eagerly, on
 * zeros, and recorded; the graph is loaded into a session that holds the variables (without values until `write`).
 * The session is shared by all steps and by nothing else.
 */
export function compileProgram(variables: readonly Variable[], steps: Readonly<Record<string, Step>>): Program {
  const graph = new Graph();
  const handles = new Map(variables.map((variable) => [variable, handleNode(graph, variable)]));
  const outputs = mapValues(steps, (step, name) => recordStep(graph, handles, name, step));
  const accessors = new Map([...handles].map(([variable, handle]) => [variable, accessNodes(graph, variable, handle)]));
  for (const variable of variables) variable.destroy();
  const session = loadSession(graph);

  const call = (feeds: readonly { name: string; type: InputType; values: TypedArray | undefined }[], fetches: readonly string[]): TypedArray[] => {
    const { binding } = backend;
    const ids = feeds.map(({ name, type, values }) => binding.createTensor(concreteShape(type, values, name), dtypes[type.dtype], values as TypedArray));
    try {
      const results = binding.runSavedModel(session, ids, feeds.map(({ name }) => `${name}:0`).join(','), fetches.join(','));
      return results.map(({ id }) => {
        const values = binding.tensorDataSync(id);
        binding.deleteTensor(id);
        return values;
      });
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };

  return {
    run(name, feeds) {
      const { inputs } = stepNamed(steps, name);
      const fetches = outputs[name] ?? {};
      const results = call(
        Object.entries(inputs).map(([key, type]) => ({ name: `${name}/${key}`, type, values: feeds[key] })),
        Object.values(fetches),
      );
      return Object.fromEntries(Object.keys(fetches).map((key, index) => [key, results[index] as TypedArray]));
    },
    read(variable) {
      return call([], [accessors.get(variable)?.read ?? ''])[0] as Float32Array;
    },
    write(variable, values) {
      call([{ name: `write/${variable.name}`, type: { dtype: 'float32', shape: variable.shape }, values }], [accessors.get(variable)?.written ?? '']);
    },
    close: () => backend.binding.deleteSavedModel(session),
  };
}

function recordStep(graph: Graph, handles: ReadonlyMap<Variable, string>, name: string, step: Step): Record<string, string> {
  const recorder = new Recorder(graph, handles);
  return tf.tidy(() => {
    const inputs = mapValues(step.inputs, (type, key) => {
      const tensor = zeros(type);
      recorder.bind(tensor, graph.placeholder(`${name}/${key}`, type.dtype, type.shape));
      return tensor;
    });
    const outputs = recorder.record(() => step.body(inputs));
    return mapValues(outputs, (tensor, key) => {
      const { output, dtype } = recorder.outputOf(tensor);
      return graph.identity(output, dtype, recorder.effects(), `${name}/${key}`);
    });
  });
}

function handleNode(graph: Graph, variable: Variable): string {
  const zeros = new Float32Array(variable.size);
  tf.tidy(() => variable.assign(constant('float32', variable.shape, zeros)));
  const attributes = [attribute.type('dtype', 'float32'), attribute.shape('shape', [...variable.shape]), attribute.string('shared_name', variable.name)];
  return `${graph.node('VarHandleOp', [], Object.fromEntries(attributes.map((item) => [item.name, attributeValue(item)])), variable.name)}:0`;
}

function accessNodes(graph: Graph, variable: Variable, handle: string): { read: string; written: string } {
  const dtype = typeValue(dtypes.float32);
  const value = graph.placeholder(`write/${variable.name}`, 'float32', variable.shape);
  const write = graph.node('AssignVariableOp', [handle, value], { dtype });
  const one = graph.constant(dtypes.int32, [], Int32Array.of(1));
  return { read: `${graph.node('ReadVariableOp', [handle], { dtype })}:0`, written: graph.identity(one, dtypes.int32, [`^${write}`], 'written') };
}

function loadSession(graph: Graph): number {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'thaw-graph-'));
  try {
    graph.save(directory);
    return backend.binding.loadSavedModel(directory, 'serve');
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function stepNamed(steps: Readonly<Record<string, Step>>, name: string): Step {
  const step = steps[name];
  if (step === undefined) throw new Error(`the program has no step ${name}`);
  return step;
}

function inputTensor(type: InputType, values: TypedArray | undefined, name: string): Tensor {
  return constant(type.dtype, concreteShape(type, values, name), values as TypedArray);
}

/** Zeros for an input, with open axes of length 1. */
function zeros({ dtype, shape }: InputType): Tensor {
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array, resource: Uint8Array } as const;
  const lengths = shape.map((length) => (length === -1 ? 1 : length));
  return constant(dtype, lengths, new arrays[dtype](lengths.reduce((product, length) => product * length, 1)));
}

function concreteShape(type: InputType, values: TypedArray | undefined, name: string): number[] {
  if (values === undefined) throw new Error(`input ${name} is missing`);
  const known = type.shape.filter((length) => length !== -1).reduce((product, length) => product * length, 1);
  const shape = type.shape.map((length) => (length === -1 ? values.length / known : length));
  if (!shape.every(Number.isInteger) || shape.reduce((product, length) => product * length, 1) !== values.length)
    throw new Error(`input ${name} has ${values.length} values, not those of shape [${type.shape.join(', ')}]`);
  return shape;
}

function mapValues<V, R>(object: Readonly<Record<string, V>>, map: (value: V, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
