import { chartSvg, type ChartFigure } from '../charts/chartSvg.ts';

/** Pixels. On a phone the letters of the wide one would be too small to read. */
const sizes = [
  { shown: 'hidden sm:block print:block', size: { width: 720, height: 320 } },
  { shown: 'sm:hidden print:hidden', size: { width: 400, height: 300 } },
] as const;

/** A chart as sharp as the printer; chartSvg escapes all that is text in it. */
export const PrintedChart = ({ figure }: { figure: ChartFigure }) =>
  sizes.map(({ shown, size }) => <div key={shown} className={`break-inside-avoid [&>svg]:h-auto [&>svg]:w-full ${shown}`} dangerouslySetInnerHTML={{ __html: chartSvg(figure, size) }} />);
