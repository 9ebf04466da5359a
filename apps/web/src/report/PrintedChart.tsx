import { chartSvg, type ChartFigure } from '../charts/chartSvg.ts';

/** A chart as sharp as the printer; chartSvg escapes all that is text in it. */
export const PrintedChart = ({ figure }: { figure: ChartFigure }) => (
  <div className="break-inside-avoid [&>svg]:h-auto [&>svg]:w-full" dangerouslySetInnerHTML={{ __html: chartSvg(figure, { width: 720, height: 320 }) }} />
);
