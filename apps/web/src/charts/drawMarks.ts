import type uPlot from 'uplot';
import type { ChartColor } from './chartColors.ts';
import type { ChartMark } from './plotOptions.ts';

/** A part of the horizontal axis with another ground. */
export function drawBand(plot: uPlot, band: readonly [number, number] | null, fill: string): void {
  if (band === null) return;
  const { ctx, bbox } = plot;
  const from = Math.max(bbox.left, plot.valToPos(band[0], 'x', true));
  const to = Math.min(bbox.left + bbox.width, plot.valToPos(band[1], 'x', true));
  if (to <= from) return;
  ctx.save();
  ctx.fillStyle = fill;
  ctx.fillRect(from, bbox.top, to - from, bbox.height);
  ctx.restore();
}

/** Upright lines with a word at their top. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[], color: (name: ChartColor) => string): void {
  const { ctx, bbox } = plot;
  const ratio = uPlotRatio();
  ctx.save();
  ctx.font = `600 ${11 * ratio}px ${getComputedStyle(plot.root).fontFamily}`;
  ctx.textBaseline = 'bottom';
  for (const { x, label, color: name } of marks) {
    const at = plot.valToPos(x, 'x', true);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = color(name);
    ctx.lineWidth = 1.25 * ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(label).width;
    ctx.textAlign = at + width / 2 > bbox.left + bbox.width ? 'right' : at - width / 2 < bbox.left ? 'left' : 'center';
    ctx.fillText(label, at, bbox.top - 2 * ratio);
  }
  ctx.restore();
}

/** A cross at the top for each value that is no number: it has no height, and must not be overlooked. */
export function drawNonFinite(plot: uPlot, places: readonly number[], stroke: string): void {
  const { ctx, bbox } = plot;
  const ratio = uPlotRatio();
  const arm = 4 * ratio;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * ratio;
  for (const x of places) {
    const at = plot.valToPos(x, 'x', true);
    if (at < bbox.left || at > bbox.left + bbox.width) continue;
    const top = bbox.top + arm + 2 * ratio;
    ctx.beginPath();
    ctx.moveTo(at - arm, top - arm);
    ctx.lineTo(at + arm, top + arm);
    ctx.moveTo(at + arm, top - arm);
    ctx.lineTo(at - arm, top + arm);
    ctx.stroke();
  }
  ctx.restore();
}

const uPlotRatio = (): number => window.devicePixelRatio || 1;
