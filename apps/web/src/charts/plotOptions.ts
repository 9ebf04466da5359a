import type uPlot from 'uplot';
import type { ChartColor } from './chartColors.ts';
import { markPaths, type PointMark } from './pointMarks.ts';

/** Values as uPlot takes them: null where there is a gap, undefined where this series alone was not measured (a line goes on). */
export type PlotValues = Float64Array | readonly (number | null | undefined)[];

export interface ChartSeries {
  label: string;
  color: ChartColor;
  values: PlotValues;
  /** Points with lines between, for a few values an epoch. */
  dots?: boolean;
  /** Stands behind another series: drawn pale, and without a value of its own. */
  behind?: boolean;
  /** Pixels of line and gap in turn. */
  dash?: readonly number[];
  /** Of its dots; a circle where none is named. */
  mark?: PointMark;
  /** Not drawn, but in the legend, where it can be shown again. */
  hidden?: boolean;
}

/** A moment on the horizontal axis, such as the thaw. */
export interface ChartMark {
  x: number;
  label: string;
  color: ChartColor;
}

export interface ChartShape {
  series: readonly ChartSeries[];
  log: boolean;
  /** Charts of the same group show the same moment under the pointer. */
  group: string;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}

interface PlotHooks {
  color: (name: ChartColor) => string;
  drawBehind: (plot: uPlot) => void;
  drawBefore: (plot: uPlot) => void;
  onCursor: (plot: uPlot) => void;
  onZoom: (plot: uPlot) => void;
}

/** Between ticks of the horizontal axis: steps, epochs and seconds are whole. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((factor) => factor * 10 ** power)).flat();

const font = '11px var(--font-geist-sans), system-ui, sans-serif';

/** Whole steps only, and as many labels as have room. */
const axisFont = (element: HTMLElement): string => font.replace('var(--font-geist-sans)', getComputedStyle(element).fontFamily.split(',')[0] ?? 'system-ui');

export function plotOptions({ series, log, group, formatX, formatY }: ChartShape, hooks: PlotHooks, element: HTMLElement, size: { width: number; height: number }): uPlot.Options {
  const { color } = hooks;
  const axis = (values: (value: number) => string, extra: Partial<uPlot.Axis>): uPlot.Axis => ({
    stroke: () => color('--faint'),
    font: axisFont(element),
    grid: { stroke: () => color('--grid'), width: 1 },
    ticks: { show: false },
    border: { show: false },
    values: (_, splits) => splits.map((value) => (value === null ? '' : values(value))),
    ...extra,
  });
  return {
    ...size,
    pxAlign: 1,
    legend: { show: false },
    padding: [14, 10, 0, 0],
    scales: { x: { time: false, range: wide }, y: log ? { distr: 3, log: 10 } : { range: padded } },
    axes: [axis(formatX, { space: 64, size: 30, grid: { show: false }, incrs: wholeSteps }), axis(formatY, { space: 34, size: 50, ...(log && { filter: decades }) })],
    series: [
      {},
      ...series.map(({ label, color: name, dots = false, behind = false, dash, mark = 'circle', hidden = false }): uPlot.Series => ({
        label,
        show: !hidden,
        stroke: () => color(name),
        ...lineWeight({ behind }, false, false),
        spanGaps: dots,
        ...(dash !== undefined && { dash: [...dash] }),
        points: dots ? { show: true, size: 5, width: 1.75, fill: () => color(name), ...(mark !== 'circle' && { paths: markPaths(mark) }) } : { show: false },
      })),
    ],
    cursor: {
      sync: { key: group, setSeries: false },
      drag: { x: true, y: false, dist: 6 },
      points: { size: 7, width: 1.5 },
      y: false,
    },
    hooks: { drawClear: [hooks.drawBehind], draw: [hooks.drawBefore], setCursor: [hooks.onCursor], setScale: [(plot, key) => key === 'x' && hooks.onZoom(plot)] },
  };
}

/** The horizontal axis around a single point is as wide as that of a few: uPlot itself would go to 100. */
function wide({ data: [x] }: uPlot, low: number, high: number): [number, number] {
  const only = x.length === 1 ? x[0] : low === high ? low : undefined;
  return only === undefined ? [low, high] : [only - 1, only + 1];
}

/** How strongly a line is drawn: one behind another is pale, and so are all others while one is pointed at. */
export function lineWeight({ behind = false }: Pick<ChartSeries, 'behind'>, pointedAt: boolean, otherPointedAt: boolean): { width: number; alpha: number } {
  if (pointedAt) return { width: 3, alpha: 1 };
  return { width: behind ? 1 : 1.75, alpha: otherPointedAt ? 0.15 : behind ? 0.28 : 1 };
}

/** A little room above and below, so that no line lies on the frame. */
function padded(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

/** Of a logarithmic axis: labels at powers of ten, and where there are fewer than two of them at 2 and 5 as well. */
function decades(_: uPlot, splits: number[]): (number | null)[] {
  const leading = (value: number): number => Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
  const powers = splits.filter((value) => leading(value) === 1).length;
  return splits.map((value) => (leading(value) === 1 || (powers < 2 && [2, 5].includes(leading(value))) ? value : null));
}
