import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { HostTensor } from '../model/layout.ts';
import type { Network, StoredVector } from './network.ts';
import type { NetworkPart } from './parameterGroups.ts';

type State = ReadonlyMap<string, HostTensor>;

/** Where the spec averages, a checkpoint's model is the average; what is trained on lies beside the optimiser's slots under this name. */
const unaveraged = 'unaveraged';

/** Puts parameters and running statistics into a network, also as their averages, and clears its optimiser. */
export function loadModel(network: Network, model: State): void {
  const { program } = network;
  for (const { layout, value } of network.stored) {
    const flat = layout.flatten(model);
    for (const variable of new Set([value, network.judged(value)])) program.write(variable, flat);
  }
  for (const { parameters } of network.groups) for (const slot of parameters.slots.values()) program.write(slot, new Float32Array(slot.size));
}

/** Parameters and running statistics, by name: their averages, where the spec asks for them. */
export function saveModel(network: Network): Map<string, HostTensor> {
  return new Map(network.stored.flatMap(({ layout, value }) => [...layout.unflatten(network.program.read(network.judged(value)))]));
}

/** The optimiser's slots of the groups that have taken a step (the others' are zero and need not be kept), and what is averaged. */
export function saveSlots(network: Network, groupSteps: Record<NetworkPart, number>): Checkpoint['slots'] {
  const slots = new Map<string, Map<string, HostTensor>>();
  const add = (slot: string, { layout, value }: StoredVector): void => {
    slots.set(slot, new Map([...(slots.get(slot) ?? []), ...layout.unflatten(network.program.read(value))]));
  };
  for (const { layout, parameters, part } of network.groups)
    if (groupSteps[part] > 0) for (const [slot, value] of parameters.slots) add(slot, { layout, value });
  if (network.averages !== null) for (const vector of network.moving) add(unaveraged, vector);
  return slots;
}

/** Puts a checkpoint into a network: model and optimiser. */
export function restore(network: Network, { model, slots, progress }: Checkpoint): void {
  loadModel(network, model);
  const put = (slot: string, { layout, value }: StoredVector): void => network.program.write(value, layout.flatten(slots.get(slot) ?? new Map()));
  for (const { layout, parameters, part } of network.groups)
    if (progress.groupSteps[part] > 0) for (const [slot, value] of parameters.slots) put(slot, { layout, value });
  if (network.averages !== null) for (const vector of network.moving) put(unaveraged, vector);
}
