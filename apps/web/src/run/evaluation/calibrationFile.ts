import type { Evaluation } from '@thaw/contract/evaluation';
import { csvTable } from '../../charts/csvTable.ts';
import type { Figure } from '../../charts/saveFigure.ts';
import { ink, round, svgDocument, svgText } from '../../charts/svgDocument.ts';

export interface CalibrationFigure {
  title: string;
  bins: Evaluation['calibration']['bins'];
  format: (part: number) => string;
  words: { from: string; to: string; images: string; accuracy: string; confidence: string };
}

const size = { width: 560, height: 560 };
const edge = { left: 72, right: 24, top: 48, bottom: 64 };
const side = { width: size.width - edge.left - edge.right, height: size.height - edge.top - edge.bottom };
const x = (part: number): number => round(edge.left + part * side.width);
const y = (part: number): number => round(edge.top + (1 - part) * side.height);

/** How often the network is right by how sure it is, as files. */
export function calibrationFile({ title, bins, format, words }: CalibrationFigure): Figure {
  return {
    title,
    size,
    svg: () => {
      const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((tick) => [
        `<path d="M${x(0)} ${y(tick)}H${x(1)}" stroke="${ink.grid}"/>`,
        svgText(edge.left - 8, y(tick) + 4, format(tick), { anchor: 'end' }),
        svgText(x(tick), size.height - edge.bottom + 18, format(tick), { anchor: 'middle' }),
      ]);
      const bars = bins.flatMap(({ lower, upper, accuracy }) =>
        accuracy === null ? [] : [`<rect x="${x(lower) + 1}" y="${y(accuracy)}" width="${round(x(upper) - x(lower) - 2)}" height="${round(y(0) - y(accuracy))}" rx="2" fill="${ink.good}" fill-opacity="0.8"/>`],
      );
      const axes = [svgText(x(0.5), size.height - 20, words.confidence, { anchor: 'middle' }), svgText(20, y(0.5), words.accuracy, { anchor: 'middle', turn: -90 })];
      const diagonal = `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="${ink.thaw}" stroke-width="1.5" stroke-dasharray="5 4"/>`;
      return svgDocument(title, size, [svgText(edge.left, 26, title, { fill: ink.text, weight: 600, size: 15 }), ...ticks, ...bars, diagonal, ...axes]);
    },
    csv: () => csvTable([[words.from, words.to, words.images, words.accuracy, words.confidence], ...bins.map(({ lower, upper, images, accuracy, confidence }) => [lower, upper, images, accuracy, confidence])]),
  };
}
