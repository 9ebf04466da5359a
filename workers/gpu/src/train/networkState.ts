import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { HostTensor } from '../model/layout.ts';
import type { Network } from './network.ts';

/** Puts parameters and running statistics into a network, and clears its optimiser. */
export function loadModel(network: Network, model: ReadonlyMap<string, HostTensor>): void {
  const { program, layouts } = network;
  for (const group of [network.body, network.head]) {
    program.write(group.value, layouts[group.name].flatten(model));
    for (const moment of [group.firstMoment, group.secondMoment]) program.write(moment, new Float32Array(moment.size));
  }
  program.write(network.statistics, layouts.statistics.flatten(model));
}

/** Parameters and running statistics, by name. */
export function saveModel({ program, layouts, body, head, statistics }: Network): Map<string, HostTensor> {
  const parts = new Map([
    ...layouts.body.unflatten(program.read(body.value)),
    ...layouts.head.unflatten(program.read(head.value)),
    ...layouts.statistics.unflatten(program.read(statistics)),
  ]);
  return parts;
}

/** Adam's moments of the groups that have taken a step; the others' are zero and need not be kept. */
export function saveMoments({ program, layouts, body, head }: Network, groupSteps: { body: number; head: number }): Checkpoint['moments'] {
  const moments = { first: new Map<string, HostTensor>(), second: new Map<string, HostTensor>() };
  for (const group of [body, head]) {
    if (groupSteps[group.name] === 0) continue;
    for (const [name, tensor] of layouts[group.name].unflatten(program.read(group.firstMoment))) moments.first.set(name, tensor);
    for (const [name, tensor] of layouts[group.name].unflatten(program.read(group.secondMoment))) moments.second.set(name, tensor);
  }
  return moments;
}

/** Puts a checkpoint into a network: model and optimiser. */
export function restore(network: Network, { model, moments, progress }: Checkpoint): void {
  loadModel(network, model);
  const { program, layouts } = network;
  for (const group of [network.body, network.head]) {
    if (progress.groupSteps[group.name] === 0) continue;
    program.write(group.firstMoment, layouts[group.name].flatten(moments.first));
    program.write(group.secondMoment, layouts[group.name].flatten(moments.second));
  }
}
