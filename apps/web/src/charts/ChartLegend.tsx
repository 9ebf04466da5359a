'use client';

import { useTranslations } from 'next-intl';
import { useImperativeHandle, useRef, type ReactNode, type Ref } from 'react';
import { classNames } from '../components/ui/classNames.ts';
import { LineSwatch } from './LineSwatch.tsx';
import type { ChartSeries, PlotValues } from './plotOptions.ts';

export interface LegendHandle {
  /** Shows the values at a place of the series; null: the last ones. */
  show: (index: number | null) => void;
}

export interface LegendActions {
  /** Someone points at the entry of this series, with the pointer or the keyboard; null: at none any more. */
  onPointAt: (place: number | null) => void;
  /** Someone presses it: it goes from the plot, or comes back. */
  onToggle: (place: number) => void;
}

interface ChartLegendProps {
  ref: Ref<LegendHandle>;
  x: PlotValues;
  series: readonly ChartSeries[];
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  actions?: LegendActions | undefined;
}

/** The series with their values under the pointer. These change with every move of it, so React is not asked. */
export function ChartLegend({ ref, x, series, formatX, formatY, actions }: ChartLegendProps) {
  const place = useRef<HTMLSpanElement>(null);
  const values = useRef<(HTMLSpanElement | null)[]>([]);
  useImperativeHandle(ref, () => ({
    show: (index) => {
      const at = index === null ? null : x[index];
      if (place.current !== null) place.current.textContent = typeof at === 'number' ? formatX(at) : '';
      series.forEach((one, i) => {
        const span = values.current[i];
        if (!span) return;
        const value = index === null ? lastOf(one.values, actions === undefined) : one.values[index];
        span.textContent = typeof value === 'number' && !Number.isNaN(value) ? formatY(value) : '–';
      });
    },
  }));
  return (
    <figcaption className="flex min-h-5 flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-muted">
      {series.map((one, i) => {
        const { label, behind = false, hidden = false } = one;
        if (behind) return null;
        const value = (
          <span
            ref={(span) => {
              values.current[i] = span;
            }}
            className={classNames('font-medium text-ink tabular-nums', hidden && 'invisible')}
          />
        );
        const content = (
          <>
            <LineSwatch {...one} />
            <span className="max-w-56 truncate">{label}</span>
            {value}
          </>
        );
        return actions === undefined ? (
          <span key={label} className="flex items-center gap-1.5">
            {content}
          </span>
        ) : (
          <LegendButton key={label} actions={actions} place={i} hidden={hidden}>
            {content}
          </LegendButton>
        );
      })}
      <span ref={place} className="ml-auto text-faint tabular-nums" />
    </figcaption>
  );
}

/** The value that is said while nobody points at the plot: the last of all, or, of lines that end at different places, each one's own last. */
function lastOf(values: PlotValues, ofAll: boolean): number | null | undefined {
  let at = values.length - 1;
  if (!ofAll) while (at > 0 && !Number.isFinite(values[at] ?? NaN)) at--;
  return values[at];
}

function LegendButton({ actions: { onPointAt, onToggle }, place, hidden, children }: { actions: LegendActions; place: number; hidden: boolean; children: ReactNode }) {
  const t = useTranslations('charts');
  return (
    <button
      type="button"
      aria-pressed={!hidden}
      title={hidden ? t('showLine') : t('hideLine')}
      className={classNames('-mx-1 flex items-center gap-1.5 rounded px-1 py-0.5 hover:bg-hover', hidden && 'text-faint line-through')}
      onPointerEnter={() => onPointAt(place)}
      onPointerLeave={() => onPointAt(null)}
      onFocus={() => onPointAt(place)}
      onBlur={() => onPointAt(null)}
      onClick={() => onToggle(place)}
    >
      {children}
    </button>
  );
}
