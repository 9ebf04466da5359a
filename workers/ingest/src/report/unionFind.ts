/** Groups of numbers that belong together. */
export interface Groups {
  join(a: number, b: number): void;
  /** The smallest number of the group. */
  of(number: number): number;
}

export function createGroups(count: number): Groups {
  const parent = Uint32Array.from({ length: count }, (_, number) => number);
  const of = (number: number): number => {
    let root = number;
    while (parent[root] !== root) root = parent[root] as number;
    for (let at = number; at !== root; ) {
      const next = parent[at] as number;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  return {
    of,
    join: (a, b) => {
      const [low, high] = [of(a), of(b)].sort((x, y) => x - y) as [number, number];
      parent[high] = low;
    },
  };
}
