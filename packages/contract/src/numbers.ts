import { z } from 'zod';

/**
 * A measured number as it travels in JSON. JSON has no NaN and no infinities, and a diverged loss must be shown as what it
 * is (never as null or 0), so those three are written as strings.
 */
export const metricNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type MetricNumber = z.infer<typeof metricNumber>;

/** Encodes any float for JSON. */
export function encodeMetric(value: number): MetricNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The inverse of {@link encodeMetric}. */
export function decodeMetric(value: MetricNumber): number {
  return Number(value);
}

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower-case hex digits');
export const byteCount = z.number().int().nonnegative();
