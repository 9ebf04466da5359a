/** A file is for paper: always light, whatever the theme. As in globals.css. */
export const ink = { text: '#15171a', faint: '#555b63', grid: '#e3e5e8', good: '#1668c7', bad: '#c02a2a', thaw: '#c2560c' } as const;
// Wherever it is opened, some of them have Chinese letters.
const font = "Geist, 'Helvetica Neue', Arial, 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'WenQuanYi Zen Hei', sans-serif";

export interface Size {
  width: number;
  height: number;
}

/** An SVG document on white, in pixels, of elements that have their texts escaped. */
export const svgDocument = (title: string, { width, height }: Size, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${escape(font)}" role="img" aria-label="${escape(title)}">` +
  `<rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>`;

interface Looks {
  anchor?: 'start' | 'middle' | 'end';
  fill?: string;
  weight?: number;
  size?: number;
  /** Degrees, about its place. */
  turn?: number;
}

/** A line of text, escaped. */
export const svgText = (x: number, y: number, text: string, { anchor = 'start', fill = ink.faint, weight = 400, size = 12, turn = 0 }: Looks = {}): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${fill}" font-size="${size}" font-weight="${weight}"${turn === 0 ? '' : ` transform="rotate(${turn} ${round(x)} ${round(y)})"`}>${escape(text)}</text>`;

/** About how wide a text is, in pixels; Chinese letters are twice as wide. */
export const widthOf = (text: string, size = 12): number => ([...text].reduce((sum, letter) => sum + (letter > '⺀' ? 1 : 0.56), 0) * size);

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
export const round = (value: number): number => Math.round(value * 100) / 100;
