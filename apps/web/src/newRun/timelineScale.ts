/** What the two axes of the timeline reach to: epochs from 0, and powers of ten of the learning rate. */
export interface Shown {
  epochs: number;
  low: number;
  high: number;
}

/** Where the picture stands in its frame, in pixels, and what it shows. */
export interface Scale extends Shown {
  left: number;
  right: number;
  top: number;
  floor: number;
}

export const mostEpochs = 1000;
const reaches = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, mostEpochs];
/** Decades that are drawn at most for what a scheduler lets the rate sink to. */
const deepest = 4;

/** A little more than the recipe needs, so that there is room to drag its end and its rates to. `set` are the rates with a handle. */
export function shownFor(epochs: number, set: readonly number[], planned: readonly number[]): Shown {
  const high = Math.ceil(Math.log10(Math.max(...set, ...planned)) + 0.25);
  const handles = Math.floor(Math.log10(Math.min(...set)) - 0.25);
  const sinks = Math.log10(Math.min(...planned));
  return { epochs: reaches.find((reach) => reach >= epochs * 1.2) ?? mostEpochs, high, low: Math.min(handles, Math.max(Math.floor(sinks), high - deepest)) };
}

export const xOf = ({ left, right, epochs }: Scale, epoch: number): number => left + (epoch / epochs) * (right - left);
export const epochAt = ({ left, right, epochs }: Scale, x: number): number => ((x - left) / (right - left)) * epochs;

/** On a logarithmic axis; what is below it lies on its floor. */
export function yOf({ top, floor, low, high }: Scale, rate: number): number {
  const part = rate > 0 ? (Math.log10(rate) - low) / (high - low) : 0;
  return floor - Math.min(1, Math.max(0, part)) * (floor - top);
}
export const rateAt = ({ top, floor, low, high }: Scale, y: number): number => 10 ** (low + ((floor - y) / (floor - top)) * (high - low));

/** Rates that are easily said, in each decade. */
const rungs = [1, 1.5, 2, 3, 5, 7];
const rung = (index: number): number => {
  const decade = Math.floor(index / rungs.length);
  return Number(`${rungs[index - decade * rungs.length]}e${decade}`);
};
/** The last rung that is not above a rate, but for the noise of floating point. */
function rungBelow(rate: number): number {
  let index = Math.floor(Math.log10(rate)) * rungs.length - 1;
  while (rung(index + 1) <= rate * (1 + 1e-9)) index += 1;
  return index;
}

/** The easily said rate that is nearest, by ratio. */
export function snapRate(rate: number): number {
  const below = rungBelow(rate);
  const [low, high] = [rung(below), rung(below + 1)];
  return rate / low <= high / rate ? low : high;
}

/** The easily said rate above or below one. */
export function nextRate(rate: number, up: boolean): number {
  const below = rungBelow(rate);
  if (up) return rung(below + 1);
  return rung(below) < rate * (1 - 1e-9) ? rung(below) : rung(below - 1);
}

/** Epochs to be written at the axis, with room for each. */
export function epochTicks(scale: Scale, room: number): number[] {
  const fit = Math.max(1, Math.floor((scale.right - scale.left) / room));
  const stride = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => scale.epochs / step <= fit) ?? mostEpochs;
  return Array.from({ length: Math.floor(scale.epochs / stride) + 1 }, (_, i) => i * stride);
}
