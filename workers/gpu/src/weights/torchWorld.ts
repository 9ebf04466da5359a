import { elementCount } from '@thaw/formats/dtypes';
import { kindOf, PickleDict, PickleGlobal, PickleTuple, StorageReference, TensorReference, type PickleValue } from './pickleValues.ts';
import { torchStorages } from './storageTypes.ts';
import type { PickleWorld } from './unpickle.ts';
import { quoted, WeightsError } from './weightsError.ts';

/** torch allows 64 dimensions; a longer shape is no tensor. */
const maxRank = 64;
/** A list may be handed over any number of times, and costs its length each time. State dicts of ours hand over some hundred values. */
const maxHanded = 1_000_000;

type Reduce = (args: readonly PickleValue[], refuse: (reason: string) => never) => PickleValue;

/** All that a file of weights may call. Each is a few lines of our own; Python's are never run. */
const callables: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  ['collections.OrderedDict', makeOrderedDict],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  [
    'torch._utils._rebuild_parameter',
    ([data], refuse) => (data instanceof TensorReference ? data : refuse(`makes a parameter of ${kindOf(data)}`)),
  ],
]);

/**
 * What a pickle of torch.save may refer to: an allow-list, closed by construction.
 * @param what names the pickle in errors
 * @param storages collects every storage that is referred to, by key
 */
export function torchWorld(what: string, storages: Map<string, StorageReference>): PickleWorld {
  const refuse = (reason: string): never => {
    throw new WeightsError(`${what} ${reason}.`);
  };
  let handed = 0;
  return {
    findGlobal(path) {
      if (callables.has(path) || torchStorages.has(path)) return new PickleGlobal(path);
      return refuse(`imports ${quoted(path)}, which is not allowed, as it may run code; save the state dict alone: torch.save(model.state_dict(), file)`);
    },
    reduce(target, args) {
      for (const item of args.items) handed += Array.isArray(item) ? item.length + 1 : 1;
      if (handed > maxHanded) return refuse(`hands more than ${maxHanded} values to what it calls; no state dict of ours does`);
      const call = callables.get(target.path);
      return call ? call(args.items, refuse) : refuse(`calls ${target.path}, which is not allowed`);
    },
    persistentLoad(id) {
      const storage = parseStorage(id, refuse);
      const known = storages.get(storage.key);
      if (known && (known.type !== storage.type || known.count !== storage.count))
        return refuse(`describes the storage ${quoted(storage.key)} in two ways that disagree`);
      storages.set(storage.key, known ?? storage);
      return known ?? storage;
    },
  };
}

function makeOrderedDict(args: readonly PickleValue[], refuse: (reason: string) => never): PickleDict {
  const dict = new PickleDict();
  const [pairs = [], ...rest] = args;
  if (!Array.isArray(pairs) || rest.length > 0) return refuse('makes an OrderedDict of something else than a list of pairs');
  for (const pair of pairs) {
    const items = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : [];
    const [key, value] = items;
    if (items.length !== 2 || key === undefined || value === undefined) return refuse('makes an OrderedDict of something else than a list of pairs');
    dict.entries.set(key, value);
  }
  return dict;
}

/** ('storage', type, key, location, count), and in the legacy format a view's description, which only torch 0.1 has used. */
function parseStorage(id: PickleValue, refuse: (reason: string) => never): StorageReference {
  if (!(id instanceof PickleTuple) || id.items[0] !== 'storage') return refuse('refers to something outside itself that is no storage');
  const [, global, key, location, count, view = null] = id.items;
  const type = global instanceof PickleGlobal ? torchStorages.get(global.path) : undefined;
  if (!type) return refuse(`refers to a storage of ${kindOf(global)}`);
  if (typeof key !== 'string' || typeof location !== 'string') return refuse('refers to a storage whose key and location are no strings');
  if (typeof count !== 'number' || elementCount([count]) === null) return refuse(`refers to the storage ${quoted(key)} with an impossible number of elements`);
  if (view !== null) return refuse('has views of storages in the manner of torch 0.1; save it again with a later torch');
  return new StorageReference(key, type, count);
}

/** torch._utils._rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks). */
function rebuildTensor(args: readonly PickleValue[], refuse: (reason: string) => never): TensorReference {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof StorageReference)) return refuse(`makes a tensor of ${kindOf(storage)}`);
  const name = `the storage ${quoted(storage.key)}`;
  const shape = naturalNumbers(size);
  const strides = naturalNumbers(stride);
  if (!shape || !strides || shape.length !== strides.length || typeof offset !== 'number' || elementCount([offset]) === null)
    return refuse(`makes a tensor of ${name} whose offset, shape and strides are not natural numbers of one length`);
  const count = elementCount(shape);
  if (count === null) return refuse(`makes a tensor of ${name} with the absurd shape [${shape.join(', ')}]`);
  const last = offset + shape.reduce((sum, length, axis) => sum + (length - 1) * (strides[axis] as number), 0);
  if (count > 0 && !(last < storage.count))
    return refuse(`makes a tensor of shape [${shape.join(', ')}] at offset ${offset} of ${name}, which reaches beyond its ${storage.count} elements`);
  return new TensorReference(storage, count > 0 ? offset : 0, shape, strides);
}

function naturalNumbers(value: PickleValue | undefined): readonly number[] | null {
  if (!(value instanceof PickleTuple) || value.items.length > maxRank) return null;
  const numbers = value.items.filter((item) => typeof item === 'number' && elementCount([item]) !== null) as number[];
  return numbers.length === value.items.length ? numbers : null;
}
