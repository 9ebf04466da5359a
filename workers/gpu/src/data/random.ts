/**
 * Seeded random numbers (xoshiro128**, Blackman and Vigna 2018, doi:10.1145/3460772), started from any number of keys through
 * splitmix32. Each use has its own keys, such as (seed, purpose, epoch, image): what an image meets depends on nothing that came
 * before, so a resumed run needs no saved generator and the batch size does not change the pictures.
 */
export class Rng {
  private readonly state = new Uint32Array(4);

  constructor(...keys: readonly number[]) {
    let hash = 0x9e3779b9;
    const mix = (key: number): number => {
      hash = (Math.imul(hash ^ key, 0x85ebca6b) + 0x9e3779b9) >>> 0;
      let z = hash;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    for (const key of keys) hash = mix(key);
    for (let i = 0; i < 4; i++) this.state[i] = mix(i + 1);
  }

  /** 32 random bits. */
  bits(): number {
    const s = this.state as unknown as [number, number, number, number];
    const scrambled = Math.imul(s[1], 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Leaves out `count` draws of 32 bits, a hundred million a second or more. */
  skip(count: number): void {
    let [a, b, c, d] = this.state as unknown as [number, number, number, number];
    for (let i = 0; i < count; i++) {
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    this.state.set([a, b, c, d]);
  }

  /** In [0, 1), with 32 bits. */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** An integer in [0, limit). The bias of a multiplication over 2^32 is far below anything that could be seen here. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Gamma(shape, 1) (Marsaglia and Tsang 2000, doi:10.1145/358407.358414). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta(alpha, alpha), in [0, 1]. */
  beta(alpha: number): number {
    const [a, b] = [this.gamma(alpha), this.gamma(alpha)];
    // Both may vanish for a tiny alpha, whose draws lie at the ends.
    return a + b === 0 ? this.below(2) : a / (a + b);
  }

  /** Puts the elements into random order, in place (Fisher and Yates). */
  shuffle<T extends Int32Array | number[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j] as number, items[i] as number];
    }
    return items;
  }
}

/** What a generator is for: the second key, after the seed. */
export const purposes = { initialise: 1, shuffle: 2, augment: 3, split: 4, erase: 5, mix: 6 } as const;
