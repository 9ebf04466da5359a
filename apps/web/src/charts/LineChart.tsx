'use client';

import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { Button } from '../components/ui/Button.tsx';
import { onThemeChange } from '../shell/preferences.ts';
import { resolveColor, type ChartColor } from './chartColors.ts';
import { drawBand, drawMarks, drawNonFinite } from './drawMarks.ts';
import { ChartLegend, type LegendActions, type LegendHandle } from './ChartLegend.tsx';
import { lineWeight, plotOptions, type ChartMark, type ChartShape, type PlotValues } from './plotOptions.ts';

interface LineChartProps extends ChartShape {
  /** What it shows, for who cannot see it. */
  label: string;
  x: PlotValues;
  marks?: readonly ChartMark[];
  /** A part of the axis with another ground: the frozen epochs. */
  band?: readonly [number, number] | null;
  /** Where a value was measured that is no finite number. */
  nonFinite?: readonly number[];
  /** Pixels. */
  height?: number;
  /** Someone looks closer, at what is between two places on the axis. */
  onZoom?: (from: number, to: number) => void;
  /** The place of the series that someone points at: the others step back. */
  pointedAt?: number | null;
  /** Makes the legend one to work with: someone points at an entry (null: at none any more), or presses it. */
  legendActions?: LegendActions;
}

const none: readonly never[] = [];

/**
 * Lines over one axis on a canvas. A new shape (other series, other scale) makes a new plot, new values only draw. What was
 * drawn, and for how long, is in the browser's performance timeline as `thaw:draw`.
 */
export function LineChart({ label, x, series, log, group, formatX, formatY, marks = none, band = null, nonFinite = none, height = 240, onZoom, pointedAt, legendActions }: LineChartProps) {
  const t = useTranslations('charts');
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const legend = useRef<LegendHandle>(null);
  const latest = useRef({ marks, band, nonFinite, onZoom, x, series, formatX, formatY });
  // When a drawing began, for the performance timeline.
  const begun = useRef<number | null>(null);
  // What is out of sight is drawn once it comes in sight.
  const sight = useRef({ visible: true, stale: false });
  const [zoomed, setZoomed] = useState(false);
  // Read by what uPlot calls later; written before anything is drawn.
  useLayoutEffect(() => void (latest.current = { marks, band, nonFinite, onZoom, x, series, formatX, formatY }));

  const shape = [log, group, ...series.map((one) => [one.label, one.color, one.dots, one.behind, one.dash, one.mark].join('/'))].join('|');

  const draw = useCallback(() => {
    const { current } = plot;
    if (current === null) return;
    sight.current.stale = !sight.current.visible;
    if (sight.current.stale) return;
    begun.current = performance.now();
    const full = isFull(current);
    current.setData(dataOf(latest.current.x, latest.current.series), full);
    if (!full) current.redraw();
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const colors = new Map<ChartColor, string>();
    const color = (name: ChartColor): string => {
      const known = colors.get(name) ?? resolveColor(name, element);
      colors.set(name, known);
      return known;
    };
    const now = latest.current;
    const formats = { formatX: (value: number) => latest.current.formatX(value), formatY: (value: number) => latest.current.formatY(value) };
    const hooks = {
      color,
      drawBehind: (u: uPlot) => {
        begun.current ??= performance.now();
        drawBand(u, latest.current.band, color('--ice'));
      },
      drawBefore: (u: uPlot) => {
        drawMarks(u, latest.current.marks, color);
        drawNonFinite(u, latest.current.nonFinite, color('--bad'));
        noteDrawing(begun.current);
        begun.current = null;
      },
      onCursor: (u: uPlot) => legend.current?.show(u.cursor.idx ?? null),
      onZoom: (u: uPlot) => {
        const full = isFull(u);
        setZoomed(!full);
        const { min, max } = u.scales['x'] ?? {};
        if (!full && min !== undefined && max !== undefined) latest.current.onZoom?.(min, max);
      },
    };
    const size = { width: element.clientWidth || 300, height };
    const made = new uPlot(plotOptions({ series: now.series, log, group, ...formats }, hooks, element, size), dataOf(now.x, now.series), element);
    plot.current = made;
    legend.current?.show(null);
    const resize = new ResizeObserver(([entry]) => entry && made.setSize({ width: Math.max(entry.contentRect.width, 100), height }));
    resize.observe(element);
    const scroll = new IntersectionObserver(
      ([entry]) => {
        sight.current.visible = entry?.isIntersecting ?? true;
        if (sight.current.visible && sight.current.stale) draw();
      },
      { rootMargin: '100px' },
    );
    scroll.observe(element);
    const offTheme = onThemeChange(() => {
      colors.clear();
      made.redraw(false);
    });
    return () => {
      resize.disconnect();
      scroll.disconnect();
      offTheme();
      made.destroy();
      plot.current = null;
    };
  }, [shape, log, group, height, draw]);

  useEffect(() => {
    draw();
    legend.current?.show(plot.current?.cursor.idx ?? null);
  }, [draw, x, series, marks, band, nonFinite]);

  useEffect(() => {
    const { current } = plot;
    if (current === null || pointedAt === undefined) return;
    series.forEach((one, i) => {
      const drawn = current.series[i + 1];
      if (drawn === undefined) return;
      if (drawn.show !== (one.hidden !== true)) current.setSeries(i + 1, { show: one.hidden !== true });
      Object.assign(drawn, lineWeight(one, pointedAt === i, pointedAt !== null && pointedAt !== i));
    });
    current.redraw(false);
  }, [pointedAt, series, shape]);

  return (
    <figure className="relative">
      <ChartLegend ref={legend} x={x} series={series} formatX={formatX} formatY={formatY} actions={legendActions} />
      <div ref={box} role="img" aria-label={label} style={{ height }} className="w-full" />
      {zoomed && (
        <Button size="small" className="absolute top-6 right-2" onClick={() => plot.current?.setScale('x', extent(latest.current.x))}>
          {t('resetZoom')}
        </Button>
      )}
    </figure>
  );
}

let drawings = 0;

/** The timeline keeps what it is told: of a page that is open for days only the last ones. */
function noteDrawing(start: number | null): void {
  if (start === null) return;
  if (++drawings % 1000 === 0) performance.clearMeasures('thaw:draw');
  performance.measure('thaw:draw', { start });
}

const dataOf = (x: PlotValues, series: ChartShape['series']): uPlot.AlignedData => [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;

const extent = (x: PlotValues): { min: number; max: number } => ({ min: x[0] ?? 0, max: x[x.length - 1] ?? 1 });

/** Whether all of the axis is shown (or nothing is there yet). */
function isFull(plot: uPlot): boolean {
  const [x] = plot.data;
  const { min, max } = plot.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || x.length === 0) return true;
  const { min: first, max: last } = extent(x as unknown as Float64Array);
  return min <= first && max >= last;
}
