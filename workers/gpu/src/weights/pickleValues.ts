import type { ElementType } from './storageTypes.ts';

/** What a pickle of tensors is made of. Nothing here can be called; classes only tell the kinds apart. */

export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** A name that the pickle imports, such as `collections.OrderedDict`; on the allow-list, and never more than a name. */
export class PickleGlobal {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** A block of elements that lies outside the pickle, under `key`. */
export class StorageReference {
  readonly key: string;
  readonly type: ElementType;
  /** Elements. */
  readonly count: number;
  constructor(key: string, type: ElementType, count: number) {
    this.key = key;
    this.type = type;
    this.count = count;
  }
}

/** A view on a storage; offset and strides in elements, checked against the storage's count. */
export class TensorReference {
  readonly storage: StorageReference;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: StorageReference, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | StorageReference
  | TensorReference;

/** A kind of value in words, for messages. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof PickleTuple) return 'a tuple';
  if (value instanceof PickleDict) return 'a dict';
  if (value instanceof PickleGlobal) return value.path;
  if (value instanceof StorageReference) return 'a storage';
  if (value instanceof TensorReference) return 'a tensor';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'string' ? 'a string' : typeof value === 'boolean' ? 'a boolean' : 'a number';
}
