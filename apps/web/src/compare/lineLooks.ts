import type { ChartColor } from '../charts/chartColors.ts';

const colors = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6', '--faint'] as const satisfies readonly ChartColor[];

export interface LineLook {
  color: ChartColor;
  dashed: boolean;
}

/** How the line of the nth run looks: seven colours, then the same dashed. Beyond fourteen runs the pointer tells them apart. */
export function lineLook(place: number): LineLook {
  return { color: colors[place % colors.length] ?? '--faint', dashed: Math.floor(place / colors.length) % 2 === 1 };
}
