import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { HostTensor } from '../model/layout.ts';
import type { Network } from './network.ts';

/** Puts parameters and running statistics into a network, and clears its optimiser. */
export function loadModel(network: Network, model: ReadonlyMap<string, HostTensor>): void {
  const { program, layouts } = network;
  for (const group of [network.body, network.head]) {
    program.write(group.value, layouts[group.name].flatten(model));
    for (const slot of group.slots.values()) program.write(slot, new Float32Array(slot.size));
  }
  program.write(network.statistics, layouts.statistics.flatten(model));
}

/** Parameters and running statistics, by name. */
export function saveModel({ program, layouts, body, head, statistics }: Network): Map<string, HostTensor> {
  return new Map([
    ...layouts.body.unflatten(program.read(body.value)),
    ...layouts.head.unflatten(program.read(head.value)),
    ...layouts.statistics.unflatten(program.read(statistics)),
  ]);
}

/** The optimiser's slots of the groups that have taken a step; the others' are zero and need not be kept. */
export function saveSlots({ program, layouts, body, head }: Network, groupSteps: { body: number; head: number }): Checkpoint['slots'] {
  const slots = new Map<string, Map<string, HostTensor>>();
  for (const group of [body, head].filter(({ name }) => groupSteps[name] > 0))
    for (const [slot, variable] of group.slots)
      slots.set(slot, new Map([...(slots.get(slot) ?? []), ...layouts[group.name].unflatten(program.read(variable))]));
  return slots;
}

/** Puts a checkpoint into a network: model and optimiser. */
export function restore(network: Network, { model, slots, progress }: Checkpoint): void {
  loadModel(network, model);
  for (const group of [network.body, network.head].filter(({ name }) => progress.groupSteps[name] > 0))
    for (const [slot, variable] of group.slots) network.program.write(variable, network.layouts[group.name].flatten(slots.get(slot) ?? new Map()));
}
