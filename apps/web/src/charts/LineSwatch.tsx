import { markCorners } from './pointMarks.ts';
import type { ChartSeries } from './plotOptions.ts';

const [width, height] = [20, 8];

/** A bit of a line as the plot has it: its colour, dashes and points. */
export function LineSwatch({ color, dash, mark }: Pick<ChartSeries, 'color' | 'dash' | 'mark'>) {
  const middle = { x: width / 2, y: height / 2 };
  return (
    <svg aria-hidden width={width} height={height} className="shrink-0" stroke={`var(${color})`} fill={`var(${color})`}>
      <line x1="0" x2={width} y1={middle.y} y2={middle.y} strokeWidth="2" strokeDasharray={dash?.join(' ')} />
      {mark === 'circle' && <circle cx={middle.x} cy={middle.y} r="2.5" />}
      {(mark === 'square' || mark === 'triangle') && <polygon points={markCorners[mark].map(([right, down]) => `${middle.x + 2.5 * right},${middle.y + 2.5 * down}`).join(' ')} />}
    </svg>
  );
}
