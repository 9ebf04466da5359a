import { chartCsv, type CsvNames } from './chartCsv.ts';
import { chartSvg, type ChartFigure } from './chartSvg.ts';
import { saveFigure, type FileType } from './saveFigure.ts';

const size = { width: 960, height: 520 };

/** Hands a chart to the browser as a file to save. @throws Error where the browser cannot draw it */
export const saveChart = (figure: ChartFigure, type: FileType, names: CsvNames): Promise<void> =>
  saveFigure({ title: figure.title, size, svg: () => chartSvg(figure, size), csv: () => chartCsv(figure, names) }, type);
