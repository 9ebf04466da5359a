/**
 * A column as a chart takes it. Numbers that are none (and on a logarithmic axis those that have no place on it) become gaps; where all
 * can be drawn, nothing is copied.
 */
export function plottable(column: Float64Array, log = false): Float64Array | (number | null)[] {
  const drawable = (value: number): boolean => !Number.isNaN(value) && (!log || value > 0);
  if (column.every(drawable)) return column;
  const values = new Array<number | null>(column.length);
  for (let i = 0; i < column.length; i++) values[i] = drawable(column[i] ?? NaN) ? (column[i] ?? null) : null;
  return values;
}
