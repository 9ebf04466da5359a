import type { StateDict, StateTensor } from './stateDict.ts';
import { quoted, WeightsError } from './weightsError.ts';

const headNames = ['fc.weight', 'fc.bias'] as const;
const namesShown = 8;

export interface FittedState {
  /** Every expected entry; without the head where `headKept` is false. */
  state: StateDict;
  /** Whether the file's head has the right number of classes. If not, a new one is to be made. */
  headKept: boolean;
}

/**
 * Checks a state dict against the names and shapes of a network with `classes` classes. Nothing is loaded in part: a missing,
 * unexpected or misshapen entry is an error. Only a head of another number of classes is left out, and a missing
 * num_batches_tracked (files of before torch 0.4.1) is 0.
 * @throws WeightsError that names the entries
 */
export function fitStateDict(state: StateDict, expected: ReadonlyMap<string, readonly number[]>, classes: number): FittedState {
  const headKept = !hasOtherHead(state, expected, classes);
  const fitted = new Map<string, StateTensor>();
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    if (!headKept && isHead(name)) continue;
    const tensor = state.get(name) ?? (name.endsWith('.num_batches_tracked') ? { shape, data: new Float32Array(1) } : undefined);
    if (!tensor) missing.push(quoted(name));
    else if (!sameShape(tensor.shape, shape)) misshapen.push(`${quoted(name)} is [${tensor.shape.join(', ')}] instead of [${shape.join(', ')}]`);
    else fitted.set(name, tensor);
  }
  const unexpected = [...state.keys()].filter((name) => !expected.has(name)).map(quoted);
  const faults = [listed('missing', missing), listed('unexpected', unexpected), listed('of another shape', misshapen)].filter((fault) => fault !== '');
  if (faults.length > 0) throw new WeightsError(`The weights do not fit the network: ${faults.join('; ')}.`);
  return { state: fitted, headKept };
}

const isHead = (name: string): boolean => (headNames as readonly string[]).includes(name);

/** A whole head, of the expected features, whose only difference is its number of classes. */
function hasOtherHead(state: StateDict, expected: ReadonlyMap<string, readonly number[]>, classes: number): boolean {
  const weight = state.get('fc.weight')?.shape;
  const bias = state.get('fc.bias')?.shape;
  const features = expected.get('fc.weight')?.[1];
  return weight?.length === 2 && bias?.length === 1 && weight[1] === features && weight[0] === bias[0] && weight[0] !== classes;
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((length, axis) => length === b[axis]);

function listed(fault: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${fault}: ${names.slice(0, namesShown).join(', ')}${more}`;
}
