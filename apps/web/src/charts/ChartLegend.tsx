'use client';

import { useImperativeHandle, useRef, type Ref } from 'react';
import type { ChartSeries, PlotValues } from './plotOptions.ts';

export interface LegendHandle {
  /** Shows the values at a place of the series; null: the last ones. */
  show: (index: number | null) => void;
}

interface ChartLegendProps {
  ref: Ref<LegendHandle>;
  x: PlotValues;
  series: readonly ChartSeries[];
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}

/** The series with their values under the pointer. These change with every move of it, so React is not asked. */
export function ChartLegend({ ref, x, series, formatX, formatY }: ChartLegendProps) {
  const place = useRef<HTMLSpanElement>(null);
  const values = useRef<(HTMLSpanElement | null)[]>([]);
  useImperativeHandle(ref, () => ({
    show: (index) => {
      const at = index === null ? null : x[index];
      if (place.current !== null) place.current.textContent = typeof at === 'number' ? formatX(at) : '';
      series.forEach((one, i) => {
        const span = values.current[i];
        if (!span) return;
        const value = one.values[index ?? one.values.length - 1];
        span.textContent = typeof value === 'number' && !Number.isNaN(value) ? formatY(value) : '–';
      });
    },
  }));
  return (
    <figcaption className="flex min-h-5 flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-muted">
      {series.map(
        ({ label, color, behind = false }, i) =>
          !behind && (
            <span key={label} className="flex items-center gap-1.5">
              <span aria-hidden className="h-0.5 w-3 rounded-full" style={{ background: `var(${color})` }} />
              {label}
              <span
                ref={(span) => {
                  values.current[i] = span;
                }}
                className="font-medium text-ink tabular-nums"
              />
            </span>
          ),
      )}
      <span ref={place} className="ml-auto text-faint tabular-nums" />
    </figcaption>
  );
}
