import type uPlot from 'uplot';

/** Shapes of a line's points, beside its colour: what else tells many lines apart. */
export type PointMark = 'circle' | 'square' | 'triangle';

/** Corners around the middle of a point, for a size of 1 from the middle. A circle has none. */
export const markCorners: Readonly<Record<Exclude<PointMark, 'circle'>, readonly (readonly [number, number])[]>> = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.2], [1.15, 0.9], [-1.15, 0.9]],
};

/** As uPlot counts: both what is filled and what is stroked ends at the clip. */
const clipsBoth = 3;

/** Draws the points of a series in another shape than a circle. */
export function markPaths(mark: Exclude<PointMark, 'circle'>): uPlot.Series.Points.PathBuilder {
  return (plot, series, first, last, only) => {
    const [xs, ys] = [plot.data[0], plot.data[series]];
    const { size = 5 } = plot.series[series]?.points ?? {};
    const reach = (size / 2) * (window.devicePixelRatio || 1);
    const shapes = new Path2D();
    const add = (index: number): void => {
      const [x, y] = [xs[index], ys?.[index]];
      if (typeof x !== 'number' || typeof y !== 'number') return;
      const [left, top] = [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
      markCorners[mark].forEach(([right, down], i) => (i === 0 ? shapes.moveTo(left + right * reach, top + down * reach) : shapes.lineTo(left + right * reach, top + down * reach)));
      shapes.closePath();
    };
    if (only) only.forEach(add);
    else for (let index = first; index <= last; index++) add(index);
    const { left, top, width, height } = plot.bbox;
    const clip = new Path2D();
    clip.rect(left - reach, top - reach, width + 2 * reach, height + 2 * reach);
    return { stroke: shapes, fill: shapes, clip, flags: clipsBoth };
  };
}
