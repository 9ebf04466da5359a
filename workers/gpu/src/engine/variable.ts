import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { attribute, execute, executeOne } from './ops.ts';

let created = 0;

/**
 * A float32 resource variable of TensorFlow. Reading and writing it are ops, so the same step function works on it eagerly
 * and, recorded, in a graph whose session holds a variable of the same name.
 */
export class Variable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  private readonly handle: Tensor;

  constructor(name: string, shape: readonly number[]) {
    this.name = `${name}_${created++}`;
    this.shape = shape;
    this.size = shape.reduce((product, length) => product * length, 1);
    this.handle = executeOne('VarHandleOp', [], [
      attribute.type('dtype', 'float32'),
      attribute.shape('shape', [...shape]),
      attribute.string('shared_name', this.name),
      attribute.string('container', ''),
    ]);
  }

  /** The resource handle, for ops that update in place. Kept alive over tidy scopes by the caller that traces. */
  get resource(): Tensor {
    return this.handle;
  }

  read(): Tensor {
    return executeOne('ReadVariableOp', [this.handle], [attribute.type('dtype', 'float32')]);
  }

  assign(value: Tensor): void {
    execute('AssignVariableOp', [this.handle, value], [attribute.type('dtype', 'float32')], 0);
  }

  /** Subtracts in place. */
  subtract(value: Tensor): void {
    execute('AssignSubVariableOp', [this.handle, value], [attribute.type('dtype', 'float32')], 0);
  }

  /** Frees what the variable holds eagerly; the copy in a session is not touched. */
  destroy(): void {
    execute('DestroyResourceOp', [this.handle], [attribute.bool('ignore_lookup_error', true)], 0);
    this.handle.dispose();
  }
}
