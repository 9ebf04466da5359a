import type { MetricNumber } from '@thaw/contract/numbers';

/** Stands where nothing was measured. */
export const unmeasured = '-';

/** A loss in nats. What is not a number is shown as what it is. */
export function formatLoss(loss: MetricNumber | null, decimals = 4): string {
  if (loss === null) return unmeasured;
  if (typeof loss === 'string') return loss;
  return Math.abs(loss) < 1000 ? loss.toFixed(decimals) : loss.toExponential(2);
}

/** A fraction as a percentage, such as `45.6 %`. */
export const formatAccuracy = (fraction: number | null): string => (fraction === null ? unmeasured : `${(100 * fraction).toFixed(1)} %`);

/** A learning rate, such as `1e-3` or `7.12e-4`. */
export const formatRate = (rate: number | null): string => (rate === null ? unmeasured : Number(rate.toPrecision(3)).toExponential());

export const formatCount = (count: number): string => count.toLocaleString('en-US');

/** Images a second. */
export const formatSpeed = (imagesPerSecond: number | null): string => (imagesPerSecond === null ? unmeasured : formatCount(Math.round(imagesPerSecond)));

/** Time to go, such as `0:12` or `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Time taken, such as `3.6 s` or `2 min 5 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A size in decimal units, such as `44.8 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 999_950_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
