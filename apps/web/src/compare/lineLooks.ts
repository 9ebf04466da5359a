import type { ChartColor } from '../charts/chartColors.ts';
import type { ChartSeries } from '../charts/plotOptions.ts';

const colors = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6', '--faint'] as const satisfies readonly ChartColor[];
const styles = [{ mark: 'circle' }, { mark: 'square', dash: [7, 4] }, { mark: 'triangle', dash: [2, 3] }] as const;

/** How the line of the nth run looks: seven colours, each drawn through, dashed and dotted, with points of another shape: 21 that differ. */
export function lineLook(place: number): Pick<ChartSeries, 'color' | 'mark' | 'dash'> {
  return { color: colors[place % colors.length] ?? '--faint', ...styles[Math.floor(place / colors.length) % styles.length] };
}
