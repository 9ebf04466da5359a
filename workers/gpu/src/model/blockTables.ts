import type { Backbone } from '@thaw/contract/backbones';

/** Basic blocks in each of the four layers: the only difference between the depths of a ResNet (He et al. 2015, arXiv:1512.03385, table 1). */
export const blockTables: Readonly<Record<Backbone, readonly [number, number, number, number]>> = {
  resnet18: [2, 2, 2, 2],
  resnet34: [3, 4, 6, 3],
};

/** The backbone whose blocks a state dict names; null where it is of another architecture or depth. */
export function backboneOf(names: Iterable<string>): Backbone | null {
  const blocks = [0, 0, 0, 0];
  for (const name of names) {
    const [, layer, block, part] = /^layer([1-4])\.(\d{1,3})\.(\w+)\./.exec(name) ?? [];
    // Deeper ones have bottleneck blocks, with a third convolution.
    if (part === 'conv3') return null;
    if (layer !== undefined) blocks[Number(layer) - 1] = Math.max(blocks[Number(layer) - 1] as number, Number(block) + 1);
  }
  const same = (table: readonly number[]): boolean => table.every((count, layer) => count === blocks[layer]);
  return (Object.keys(blockTables) as Backbone[]).find((backbone) => same(blockTables[backbone])) ?? null;
}
