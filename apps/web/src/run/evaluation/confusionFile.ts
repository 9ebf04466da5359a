import { csvTable } from '../../charts/csvTable.ts';
import type { Figure } from '../../charts/saveFigure.ts';
import { ink, round, svgDocument, svgText, widthOf } from '../../charts/svgDocument.ts';
import { partOf, shortPart, strengthOf, type Counts } from './confusion.ts';

export interface ConfusionFigure {
  title: string;
  names: readonly string[];
  counts: Counts;
  by: 'part' | 'count';
  format: (images: number) => string;
  /** Of the rows and the columns. */
  words: { actual: string; predicted: string };
}

/** Above so many classes their names have no room, and above so few the figures. */
const mostNamed = 120;
const mostFigures = 25;

/** The confusion matrix as files. As a table it has the images, whatever the picture shows. */
export function confusionFile({ title, names, counts, by, format, words }: ConfusionFigure): Figure {
  const count = names.length;
  const cell = count <= mostFigures ? 40 : count <= mostNamed ? 16 : Math.max(2, Math.floor(1600 / count));
  const margin = count <= mostNamed ? Math.min(180, Math.max(40, ...names.map((name) => widthOf(name))) + 12) : 24;
  const [left, top] = [margin + 20, margin + 56];
  const size = { width: Math.max(left + count * cell + 20, 360), height: top + count * cell + 20 };
  return { title, size, svg, csv };

  function svg(): string {
    const strength = strengthOf(counts, by);
    const parts = [svgText(20, 26, title, { fill: ink.text, weight: 600, size: 15 }), svgText(left, 46, words.predicted), svgText(16, top + (count * cell) / 2, words.actual, { anchor: 'middle', turn: -90 })];
    counts.forEach((line, actual) =>
      line.forEach((images, predicted) => {
        const [x, y] = [left + predicted * cell, top + actual * cell];
        const gap = cell > 8 ? 1 : 0;
        if (images > 0 || cell > 8) {
          const color = images === 0 ? '#f3f4f6' : actual === predicted ? ink.good : ink.bad;
          const opacity = images === 0 ? 1 : Math.max(0.06, 0.6 * strength({ actual, predicted }));
          parts.push(`<rect x="${x}" y="${y}" width="${cell - gap}" height="${cell - gap}" fill="${color}" fill-opacity="${round(opacity)}"/>`);
        }
        if (images > 0 && count <= mostFigures) {
          const text = by === 'count' ? format(images) : shortPart(partOf(counts, { actual, predicted }));
          parts.push(svgText(x + cell / 2, y + cell / 2 + 4, text, { anchor: 'middle', fill: ink.text, size: 11 }));
        }
      }),
    );
    if (count <= mostNamed)
      names.forEach((name, place) => {
        const middle = place * cell + cell / 2 + 4;
        parts.push(svgText(left - 8, top + middle, cut(name), { anchor: 'end' }), svgText(left + middle, top - 8, cut(name), { turn: -90 }));
      });
    return svgDocument(title, size, parts);
  }

  function csv(): string {
    return csvTable([[`${words.actual} / ${words.predicted}`, ...names], ...counts.map((line, actual) => [names[actual] ?? '', ...line])]);
  }
}

const cut = (name: string): string => {
  let short = name;
  while (widthOf(short) > 164) short = `${[...short].slice(0, -2).join('')}…`;
  return short;
};
