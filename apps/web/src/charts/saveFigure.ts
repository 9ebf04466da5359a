import type { Size } from './svgDocument.ts';

export type FileType = 'png' | 'svg' | 'csv';

/** What a menu saves. Made only when it is asked for. */
export interface Figure {
  title: string;
  size: Size;
  svg: () => string;
  csv: () => string;
}

/** Pixels of a PNG for each of the figure: sharp in print. */
const density = 2;
/** No browser draws a larger canvas. */
const mostPixels = 8000;

/** Hands a figure to the browser as a file to save. @throws Error where the browser cannot draw it */
export async function saveFigure({ title, size, svg, csv }: Figure, type: FileType): Promise<void> {
  if (type === 'csv') return save(new Blob([csv()], { type: 'text/csv;charset=utf-8' }), title, type);
  const drawn = new Blob([svg()], { type: 'image/svg+xml;charset=utf-8' });
  save(type === 'svg' ? drawn : await toPng(drawn, size), title, type);
}

async function toPng(svg: Blob, { width, height }: Size): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(density, mostPixels / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob === null ? reject(new Error('the browser made no PNG')) : resolve(blob)), 'image/png'));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function save(blob: Blob, name: string, type: FileType): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replaceAll(/[\\/:*?"<>|\s]+/g, '-')}.${type}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
