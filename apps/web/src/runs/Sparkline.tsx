import type { SparkPoint } from '@thaw/contract/runs';
import { memo } from 'react';

const width = 96;
const height = 24;

/** Accuracy by epoch, as small as a word. It adds nothing to the figure beside it that must be heard. */
export const Sparkline = memo(function Sparkline({ points }: { points: readonly SparkPoint[] }) {
  const last = points.at(-1)?.epoch ?? 0;
  const values = points.flatMap(({ train, monitored }) => [train, monitored]).filter((value) => value !== null);
  if (values.length < 2 || last === 0) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const place = (epoch: number, value: number): string => `${((epoch / last) * (width - 4) + 2).toFixed(1)},${(height - 3 - ((value - low) / (high - low || 1)) * (height - 6)).toFixed(1)}`;
  const line = (of: 'train' | 'monitored'): string => points.flatMap((point) => (point[of] === null ? [] : [place(point.epoch, point[of])])).join(' ');
  return (
    <svg width={width} height={height} aria-hidden className="overflow-visible" fill="none" strokeLinecap="round" strokeLinejoin="round">
      <polyline points={line('train')} stroke="var(--line-strong)" strokeWidth="1.25" />
      <polyline points={line('monitored')} stroke="var(--accent)" strokeWidth="1.5" />
    </svg>
  );
});
