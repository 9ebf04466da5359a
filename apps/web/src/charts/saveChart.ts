import { chartCsv, type CsvNames } from './chartCsv.ts';
import { chartSvg, type ChartFigure } from './chartSvg.ts';

export type ChartFileType = 'png' | 'svg' | 'csv';

/** Pixels of a PNG for each of the figure: sharp in print. */
const density = 2;
const size = { width: 960, height: 520 };

/** Hands a chart to the browser as a file to save. @throws Error where the browser cannot draw it */
export async function saveChart(figure: ChartFigure, type: ChartFileType, names: CsvNames): Promise<void> {
  if (type === 'csv') return save(new Blob([chartCsv(figure, names)], { type: 'text/csv;charset=utf-8' }), figure.title, type);
  const svg = new Blob([chartSvg(figure, size)], { type: 'image/svg+xml;charset=utf-8' });
  save(type === 'svg' ? svg : await toPng(svg), figure.title, type);
}

async function toPng(svg: Blob): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = size.width * density;
    canvas.height = size.height * density;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob === null ? reject(new Error('the browser made no PNG')) : resolve(blob)), 'image/png'));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function save(blob: Blob, name: string, type: ChartFileType): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replaceAll(/[\\/:*?"<>|\s]+/g, '-')}.${type}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
