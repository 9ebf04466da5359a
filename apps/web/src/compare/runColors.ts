import type { ChartColor } from '../charts/chartColors.ts';

const colors = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'] as const satisfies readonly ChartColor[];

/** The colour of the n-th run; after six they come again, dashed every other time. */
export const colorOf = (index: number): ChartColor => colors[index % colors.length] ?? '--series-1';

export const isDashed = (index: number): boolean => Math.floor(index / colors.length) % 2 === 1;
