/** How long calls took, and how often things happened. */
export class Tally {
  readonly #milliseconds = new Map<string, number[]>();
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Times a call that succeeds. */
  async time<T>(what: string, call: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await call();
    this.took(what, performance.now() - begun);
    return result;
  }

  took(what: string, milliseconds: number): void {
    const times = this.#milliseconds.get(what);
    if (times === undefined) this.#milliseconds.set(what, [milliseconds]);
    else times.push(milliseconds);
  }

  times(what: string): Times {
    const sorted = [...(this.#milliseconds.get(what) ?? [])].sort((one, other) => one - other);
    const within = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
    return { calls: sorted.length, p50: within(0.5), p95: within(0.95), p99: within(0.99) };
  }
}

export interface Times {
  calls: number;
  /** Milliseconds within which so many of a hundred were done. */
  p50: number;
  p95: number;
  p99: number;
}
