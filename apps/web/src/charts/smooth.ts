/**
 * Exponential moving average, without a bias towards 0 at its start (as TensorBoard has it): `weight` of what was before stays with each
 * step. Where points are further apart than a step, more of it is gone. What is not a number changes nothing and stays.
 * @param steps rising
 * @param weight from 0 (nothing is smoothed) to below 1
 */
export function smooth(steps: Float64Array, values: Float64Array, weight: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  let [mean, mass, last] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const [value = NaN, step = 0] = [values[i], steps[i]];
    if (Number.isNaN(value)) {
      smoothed[i] = NaN;
      continue;
    }
    const apart = step - last;
    // Powers are slow, and most points are next to each other.
    const kept = mass === 0 ? 0 : apart <= 1 ? weight : weight ** apart;
    mean = kept * mean + (1 - kept) * value * (mass === 0 ? 1 - weight : 1);
    mass = mass === 0 ? 1 - weight : kept * mass + 1 - kept;
    smoothed[i] = mean / mass;
    last = step;
  }
  return smoothed;
}
