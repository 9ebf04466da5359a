import type { ChartColor } from './chartColors.ts';
import { markCorners } from './pointMarks.ts';
import type { ChartMark, ChartSeries, PlotValues } from './plotOptions.ts';
import { round as r, svgDocument, svgText } from './svgDocument.ts';

export interface ChartFigure {
  title: string;
  x: PlotValues;
  series: readonly ChartSeries[];
  log: boolean;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  marks?: readonly ChartMark[] | undefined;
  band?: readonly [number, number] | null | undefined;
  nonFinite?: readonly number[] | undefined;
}

/** A file is for paper: always light, whatever the theme. As in globals.css. */
const paper: Readonly<Record<ChartColor, string>> = {
  '--series-1': '#1668c7', '--series-2': '#c2560c', '--series-3': '#147a48', '--series-4': '#8345c4', '--series-5': '#b3266e', '--series-6': '#0d7480',
  '--ice': '#e3effb', '--thaw': '#c2560c', '--bad': '#c02a2a', '--grid': '#e3e5e8', '--faint': '#555b63', '--line-strong': '#cfd2d7',
};
const frame = { left: 64, right: 20, top: 64, bottom: 38 } as const;
/** Beyond so many points of a line none can be told from its neighbour. */
const mostPoints = 2000;

/** A chart as an SVG document of its own, in pixels. All texts in it are escaped. */
export function chartSvg(figure: ChartFigure, { width = 800, height = 440 } = {}): string {
  const { title, x, series, log, formatX, formatY, marks = [], band = null, nonFinite = [] } = figure;
  const named = legend(series, width);
  const top = frame.top + named.more;
  const inner = { width: width - frame.left - frame.right, height: height - top - frame.bottom };
  const [x0, x1] = spread([...extent([x])] as [number, number]);
  const toHeight = (value: number): number => (log ? Math.log10(value) : value);
  const [low, high] = extent(series.map(({ values }) => values), (value) => !log || value > 0);
  const [y0, y1] = room(toHeight(low), toHeight(high), !log && low >= 0);
  const px = (value: number): number => frame.left + ((value - x0) / (x1 - x0)) * inner.width;
  const py = (value: number): number => top + inner.height * (1 - (toHeight(value) - y0) / (y1 - y0));
  const bottom = top + inner.height;
  const parts: string[] = [];
  if (band !== null) {
    const [from, to] = [px(Math.max(band[0], x0)), px(Math.min(band[1], x1))];
    if (to > from) parts.push(`<rect x="${r(from)}" y="${top}" width="${r(to - from)}" height="${inner.height}" fill="${paper['--ice']}"/>`);
  }
  for (const value of log ? decades(y0, y1) : ticks(y0, y1, 8)) {
    const at = r(py(value));
    parts.push(`<path d="M${frame.left} ${at}H${width - frame.right}" stroke="${paper['--grid']}"/>`, words(frame.left - 8, at + 4, formatY(value), 'end'));
  }
  for (const value of ticks(x0, x1, 8)) if (formatX(value) !== '') parts.push(words(r(px(value)), bottom + 20, formatX(value), 'middle'));
  for (const one of series) parts.push(line(one, x, px, py, log));
  for (const { x: at, label, color } of marks) {
    if (at < x0 || at > x1) continue;
    parts.push(`<path d="M${r(px(at))} ${top}V${bottom}" stroke="${paper[color]}" stroke-width="1.25" stroke-dasharray="4 3"/>`, words(r(px(at)), top - 4, label, 'middle', paper[color], 600));
  }
  for (const at of nonFinite) parts.push(`<path d="M${r(px(at) - 4)} ${top + 3}l8 8m0 -8l-8 8" stroke="${paper['--bad']}" stroke-width="2"/>`);
  parts.push(words(frame.left, 22, title, 'start', '#15171a', 600, 15), ...named.parts);
  return svgDocument(title, { width, height }, parts);
}

function line({ color, values, dots = false, behind = false, dash, mark = 'circle' }: ChartSeries, x: PlotValues, px: (value: number) => number, py: (value: number) => number, log: boolean): string {
  const [path, shapes]: [string[], string[]] = [[], []];
  const stride = Math.max(1, Math.ceil(values.length / mostPoints));
  let drawing = false;
  for (let i = 0; i < values.length; i += stride) {
    const [at, value] = [x[i], values[i]];
    if (typeof at !== 'number' || typeof value !== 'number' || !Number.isFinite(value) || (log && value <= 0)) {
      if (value !== undefined && !dots) drawing = false;
      continue;
    }
    const [left, top] = [r(px(at)), r(py(value))];
    path.push(`${drawing ? 'L' : 'M'}${left} ${top}`);
    drawing = true;
    if (dots) shapes.push(mark === 'circle' ? `<circle cx="${left}" cy="${top}" r="2.5"/>` : `<path d="M${markCorners[mark].map(([right, down]) => `${r(left + 2.5 * right)} ${r(top + 2.5 * down)}`).join('L')}z"/>`);
  }
  const stroke = paper[color];
  return `<path d="${path.join('')}" fill="none" stroke="${stroke}" stroke-width="${behind ? 1 : 1.75}" stroke-linejoin="round"${behind ? ' opacity="0.28"' : ''}${dashes(dash)}/><g fill="${stroke}">${shapes.join('')}</g>`;
}

/** The names of the lines, in as many rows as they need. @returns also by how much that is higher than one row */
function legend(series: readonly ChartSeries[], width: number): { parts: string[]; more: number } {
  let left: number = frame.left;
  let more = 0;
  const parts: string[] = [];
  for (const { label, color, behind = false, dash } of series) {
    if (behind) continue;
    // Chinese letters are twice as wide.
    const wide = 40 + [...label].reduce((sum, letter) => sum + (letter > '⺀' ? 12 : 6.5), 0);
    if (left > frame.left && left + wide > width) [left, more] = [frame.left, more + 18];
    parts.push(`<path d="M${left} ${40 + more}h14" stroke="${paper[color]}" stroke-width="2.5"${dashes(dash)}/>`, words(left + 19, 44 + more, label, 'start'));
    left += wide;
  }
  return { parts, more };
}

const dashes = (dash: readonly number[] | undefined): string => (dash === undefined ? '' : ` stroke-dasharray="${dash.join(' ')}"`);

const words = (x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', fill = paper['--faint'], weight = 400, size = 12): string =>
  svgText(x, y, text, { anchor, fill, weight, size });

function extent(columns: readonly PlotValues[], counts: (value: number) => boolean = () => true): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns)
    for (const value of column) {
      if (typeof value !== 'number' || !Number.isFinite(value) || !counts(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low > high ? [0, 1] : [low, high];
}

const spread = ([low, high]: [number, number]): [number, number] => (low === high ? [low - 1, high + 1] : [low, high]);

function room(low: number, high: number, fromZero: boolean): [number, number] {
  const more = (high - low || Math.abs(high) || 1) * 0.06;
  return [fromZero && low - more < 0 ? 0 : low - more, high + more];
}

/** About so many round numbers between two. */
function ticks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(to / step + 1e-9) - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Of a logarithmic axis, whose ends are exponents. */
function decades(from: number, to: number): number[] {
  const factors = to - from > 1.5 ? [1] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(from); power <= to; power++) for (const factor of factors) if (Math.log10(factor) + power >= from && Math.log10(factor) + power <= to) found.push(Number((factor * 10 ** power).toPrecision(3)));
  return found;
}
