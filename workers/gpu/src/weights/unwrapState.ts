import { kindOf, PickleDict, TensorReference, type PickleValue } from './pickleValues.ts';
import { quoted, WeightsError } from './weightsError.ts';

/** Under these names training scripts put the state dict beside epoch, optimiser and the like. */
const wrappers = ['state_dict', 'model_state_dict', 'model'];
/** What DataParallel and torch.compile put before every name. */
const prefixes = ['module.', '_orig_mod.'];
const maxDepth = 4;

/**
 * Finds the state dict in what a file holds: its tensors by name, without wrappers and prefixes.
 * @throws WeightsError where there is none, or an entry of it is no tensor
 */
export function unwrapState(root: PickleValue, path: string): Map<string, TensorReference> {
  let value = root;
  for (let depth = 0; depth < maxDepth && value instanceof PickleDict; depth++) {
    const { entries }: PickleDict = value;
    const inner = wrappers.map((name) => entries.get(name)).find((candidate) => candidate instanceof PickleDict);
    if (inner === undefined) break;
    value = inner;
  }
  if (!(value instanceof PickleDict)) throw new WeightsError(`${path} holds ${kindOf(value)} where a state dict (tensors by name) is expected.`);
  const tensors = new Map<string, TensorReference>();
  for (const [name, tensor] of value.entries) {
    if (typeof name !== 'string') throw new WeightsError(`${path} has an entry named by ${kindOf(name)}; a state dict has strings.`);
    if (!(tensor instanceof TensorReference)) throw new WeightsError(`${path} has the entry ${quoted(name)}, which is ${kindOf(tensor)} and not a tensor.`);
    tensors.set(name, tensor);
  }
  if (tensors.size === 0) throw new WeightsError(`${path} holds no tensors.`);
  return stripPrefixes(tensors);
}

/** Takes off `module.` and its like where every name has it. */
export function stripPrefixes<T>(entries: Map<string, T>): Map<string, T> {
  const prefix = prefixes.find((candidate) => entries.size > 0 && [...entries.keys()].every((name) => name.startsWith(candidate)));
  return prefix === undefined ? entries : stripPrefixes(new Map([...entries].map(([name, value]) => [name.slice(prefix.length), value])));
}
