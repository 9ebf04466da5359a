/**
 * A column as a chart takes it. Numbers that are none (and on a logarithmic axis those that have no place on it) become gaps; where all
 * can be drawn, nothing is copied.
 */
export function plottable(column: Float64Array, log = false): Float64Array | (number | null)[] {
  const drawable = (value: number): boolean => !Number.isNaN(value) && (!log || value > 0);
  for (const value of column) if (!drawable(value)) return Array.from(column, (one) => (drawable(one) ? one : null));
  return column;
}
