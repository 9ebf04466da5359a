/** Phases of a filter between two pixels. */
const phases = 64;
/** What a weight of 1 is, in bits. */
const bits = 12;

/** Half of the last place: what sums begin with, so that they are rounded. */
export const half = 2 ** (bits - 1);

/** A sum of weighted bytes as a byte. */
export const toByte = (sum: number): number => within(sum >> bits, 255);

/** The same, not yet held within a byte. */
export const toWhole = (sum: number): number => sum >> bits;

export const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** The nearest phase of a position between two pixels. */
export const phaseOf = (position: number): number => ((Math.trunc(position * phases * 2) & (phases * 2 - 1)) + 1) >> 1;

/** Weights at each phase, the last of which is the first of the next pixel. @param weightsAt by phase in [0, 1] */
export const weightTable = (weightsAt: (phase: number) => readonly number[]): Int32Array[] =>
  Array.from({ length: phases + 1 }, (_, phase) => Int32Array.from(weightsAt(phase / phases), (weight) => Math.trunc(weight * 2 ** bits)));
