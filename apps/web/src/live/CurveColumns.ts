/** Columns of numbers that grow, in the order of their steps, each step once. NaN where nothing was measured, and where what was measured is none. */
export class CurveColumns {
  #capacity = 0;
  length = 0;
  /** Rises with every change. */
  edits = 0;
  step = new Float64Array(0);
  loss = new Float64Array(0);
  learningRate = new Float64Array(0);
  accuracy = new Float64Array(0);
  /** Steps whose loss was not a finite number, and what it was. */
  readonly nonFinite = new Map<number, number>();

  /** Adds a point after the last one. A step that is there already (sent again) is replaced. */
  push(step: number, loss: number, learningRate: number, accuracy: number): void {
    this.edits++;
    const at = this.length > 0 && step <= (this.step[this.length - 1] ?? 0) ? this.indexOf(step) : this.length;
    if (at < this.length && this.step[at] !== step) return;
    if (at === this.length) {
      if (this.length === this.#capacity) this.#grow();
      this.length++;
    }
    this.step[at] = step;
    this.loss[at] = Number.isFinite(loss) ? loss : NaN;
    this.learningRate[at] = learningRate;
    this.accuracy[at] = accuracy;
    if (Number.isFinite(loss)) this.nonFinite.delete(step);
    else this.nonFinite.set(step, loss);
  }

  /** Forgets what lies after a step. */
  truncateAfter(step: number): void {
    this.edits++;
    this.length = this.indexOf(step + 1);
    for (const one of this.nonFinite.keys()) if (one > step) this.nonFinite.delete(one);
  }

  /** Puts finer points in the place of those between their first and last step. */
  refine(finer: CurveColumns): void {
    const [first, last] = [finer.step[0], finer.step[finer.length - 1]];
    if (finer.length === 0 || first === undefined || last === undefined) return;
    this.edits++;
    const from = this.indexOf(first);
    const to = this.indexOf(last + 1);
    const length = this.length - (to - from) + finer.length;
    for (const name of ['step', 'loss', 'learningRate', 'accuracy'] as const) {
      const column = new Float64Array(length);
      column.set(this[name].subarray(0, from));
      column.set(finer[name].subarray(0, finer.length), from);
      column.set(this[name].subarray(to, this.length), from + finer.length);
      this[name] = column;
    }
    this.length = this.#capacity = length;
    for (const [step, value] of finer.nonFinite) this.nonFinite.set(step, value);
  }

  /** Index of the first point whose step is at least `step`. */
  indexOf(step: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.step[middle] ?? 0) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    this.#capacity = Math.max(1024, this.#capacity * 2);
    for (const name of ['step', 'loss', 'learningRate', 'accuracy'] as const) {
      const larger = new Float64Array(this.#capacity);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}
