import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { attributeValue, type Graph } from './graph.ts';
import { backend, type Binding, type OpAttribute, type TensorMetadata, type TypedArray } from './tensorflow.ts';
import type { Variable } from './variable.ts';

interface Constant {
  dtype: number;
  shape: readonly number[];
  data: TypedArray;
}

/** Which nodes last touched a variable in the signature being recorded. */
interface Accesses {
  lastWrite: string | undefined;
  readsSince: string[];
}

/**
 * Turns what tfjs executes into nodes of a graph. While `record` runs, the backend's binding is replaced by one that executes
 * every op as before and notes it down: the ops of a whole training step, gradients included, pass through that one place.
 * Values made in JavaScript become constants; so whatever changes from step to step must be an input or a variable.
 */
export class Recorder {
  private readonly graph: Graph;
  private readonly outputs = new Map<number, string>();
  private readonly dtypeOf = new Map<number, number>();
  private readonly constants = new Map<number, Constant>();
  private readonly variables = new Map<string, Accesses>();

  constructor(graph: Graph, variables: ReadonlyMap<Variable, string>) {
    this.graph = graph;
    for (const [variable, output] of variables) {
      this.bind(variable.resource, output);
      this.variables.set(output, { lastWrite: undefined, readsSince: [] });
    }
  }

  /** Lets `tensor` stand for an output of the graph, such as a placeholder. */
  bind(tensor: Tensor, output: string): void {
    this.outputs.set(idOf(tensor), output);
  }

  /** The graph's output for a tensor that was bound or recorded, and its element type. */
  outputOf(tensor: Tensor): { output: string; dtype: number } {
    const id = idOf(tensor);
    return { output: this.reference(id), dtype: this.dtypeOf.get(id) ?? this.constants.get(id)?.dtype ?? 1 };
  }

  /** Control inputs for an output that must come after all effects. */
  effects(): string[] {
    return [...this.variables.values()].flatMap(({ lastWrite }) => (lastWrite === undefined ? [] : [`^${lastWrite}`]));
  }

  record<T>(body: () => T): T {
    const real = backend.binding;
    backend.binding = this.recording(real);
    try {
      return body();
    } finally {
      backend.binding = real;
    }
  }

  private recording(real: Binding): Binding {
    const createTensor: Binding['createTensor'] = (shape, dtype, data) => {
      const id = real.createTensor(shape, dtype, data);
      if (!Array.isArray(data) && !(data instanceof BigInt64Array)) this.constants.set(id, { dtype, shape, data: data.slice() });
      return id;
    };
    const executeOp: Binding['executeOp'] = (op, attributes, inputs, count) => {
      const results = real.executeOp(op, attributes, inputs, count);
      this.note(op, attributes, inputs, results);
      return results;
    };
    // The native object's members are read-only and not enumerable: inherit them, and shadow two.
    return Object.create(real, { createTensor: { value: createTensor }, executeOp: { value: executeOp } }) as Binding;
  }

  private note(op: string, attributes: OpAttribute[], inputs: readonly number[], results: TensorMetadata[]): void {
    const sources = inputs.map((id) => this.reference(id));
    const control: string[] = [];
    const touched = sources.flatMap((source) => this.variables.get(source) ?? []);
    // What the eager order gave for free: a read sees the last write, and a write waits for the reads before it.
    for (const { lastWrite, readsSince } of touched) {
      if (lastWrite !== undefined) control.push(`^${lastWrite}`);
      if (op !== 'ReadVariableOp') control.push(...readsSince.map((read) => `^${read}`));
    }
    const node = this.graph.node(op, [...sources, ...control], Object.fromEntries(attributes.map((item) => [item.name, attributeValue(item)])));
    for (const accesses of touched)
      if (op === 'ReadVariableOp') accesses.readsSince.push(node);
      else Object.assign(accesses, { lastWrite: node, readsSince: [] });
    results.forEach(({ id, dtype }, index) => {
      this.outputs.set(id, `${node}:${index}`);
      this.dtypeOf.set(id, dtype);
    });
  }

  private reference(id: number): string {
    const known = this.outputs.get(id);
    if (known !== undefined) return known;
    const constant = this.constants.get(id);
    if (constant === undefined) throw new Error(`tensor ${id} was made outside of the recording and is no input: bind it first`);
    const output = this.graph.constant(constant.dtype, constant.shape, constant.data);
    this.outputs.set(id, output);
    return output;
  }
}

function idOf(tensor: Tensor): number {
  const [id] = backend.getInputTensorIds([tensor]);
  if (id === undefined) throw new Error('a tensor without a handle');
  return id;
}
