import { describe, expect, it } from 'vitest';
import { calibrationFile } from '../src/run/evaluation/calibrationFile.ts';
import { confusedPairs, partOf, shortPart, strengthOf } from '../src/run/evaluation/confusion.ts';
import { confusionFile, type ConfusionFigure } from '../src/run/evaluation/confusionFile.ts';
import { stepOf } from '../src/run/evaluation/matrixKeys.ts';

/** The confusion matrix: what is read from it, how one walks through it, and its files. */

// Three classes of 8, 4 and 0 images; a class without images has no part of anything.
const counts = [
  [6, 0, 2],
  [2, 1, 1],
  [0, 0, 0],
];

describe('what a confusion matrix says', () => {
  it('has parts of its rows', () => {
    expect(partOf(counts, { actual: 0, predicted: 2 })).toBe(0.25);
    expect(partOf(counts, { actual: 1, predicted: 0 })).toBe(0.5);
    expect(partOf(counts, { actual: 2, predicted: 0 })).toBe(0);
  });

  it('names the confused pairs: the most images first, of as many the larger part of the class', () => {
    expect(confusedPairs(counts)).toEqual([
      { actual: 1, predicted: 0, images: 2, part: 0.5 },
      { actual: 0, predicted: 2, images: 2, part: 0.25 },
      { actual: 1, predicted: 2, images: 1, part: 0.25 },
    ]);
    expect(confusedPairs([[3, 0], [0, 3]])).toEqual([]);
  });

  it('is coloured by the part of the row, or by the images beside the fullest cell', () => {
    expect(strengthOf(counts, 'part')({ actual: 1, predicted: 1 })).toBe(0.5);
    expect(strengthOf(counts, 'count')({ actual: 1, predicted: 1 })).toBe(Math.sqrt(1 / 6));
    expect(strengthOf([[0]], 'count')({ actual: 0, predicted: 0 })).toBe(0);
  });

  it('has parts in narrow cells, of which a small one is not none', () => {
    expect([0, 0.001, 0.005, 0.254, 1].map(shortPart)).toEqual(['', '<1', '1', '25', '100']);
  });
});

it('is walked through by keys, and left at no edge', () => {
  const from = { actual: 0, predicted: 1 };
  const step = (key: string, ctrlKey = false) => stepOf({ key, ctrlKey }, from, 3);
  expect(step('ArrowDown')).toEqual({ actual: 1, predicted: 1 });
  expect(step('ArrowUp')).toEqual(from);
  expect([step('ArrowLeft'), step('Home')]).toEqual([{ actual: 0, predicted: 0 }, { actual: 0, predicted: 0 }]);
  expect([step('ArrowRight'), step('End')]).toEqual([{ actual: 0, predicted: 2 }, { actual: 0, predicted: 2 }]);
  expect([step('Home', true), step('End', true)]).toEqual([{ actual: 0, predicted: 0 }, { actual: 2, predicted: 2 }]);
  expect([step('Tab'), step('a')]).toEqual([null, null]);
});

describe('its files', () => {
  const figure: ConfusionFigure = { title: '混淆 <1>', names: ['=cat', '狗', 'a "cow"'], counts, by: 'count', format: String, words: { actual: '真实', predicted: '预测' } };

  it('are a table of the images, in which no name is a formula', () => {
    expect(confusionFile({ ...figure, by: 'part' }).csv()).toBe('\ufeff真实 / 预测,\'=cat,狗,"a ""cow"""\r\n\'=cat,6,0,2\r\n狗,2,1,1\r\n"a ""cow""",0,0,0\r\n');
  });

  it('and a picture with a square for each cell, and figures where there are images', () => {
    const { svg, size } = confusionFile(figure);
    const drawn = svg();
    expect(drawn).toContain(`width="${size.width}" height="${size.height}"`);
    expect(drawn.match(/<rect x=/g)).toHaveLength(9);
    expect([...drawn.matchAll(/font-size="11"[^>]*>([^<]+)</g)].map(([, text]) => text)).toEqual(['6', '2', '2', '1', '1']);
    for (const text of ['混淆 &lt;1&gt;', '狗', 'a &quot;cow&quot;']) expect(drawn).toContain(text);
    expect([...confusionFile({ ...figure, by: 'part' }).svg().matchAll(/font-size="11"[^>]*>([^<]+)</g)].map(([, text]) => text)).toEqual(['75', '25', '50', '25', '25']);
  });

  it('of many classes have no more squares than there are cells with images, and stay within what a browser draws', () => {
    const many = Array.from({ length: 1000 }, (_, row) => Array.from({ length: 1000 }, (_, column) => (row === column ? 5 : 0)));
    const { svg, size } = confusionFile({ ...figure, names: many.map((_, index) => `class ${index}`), counts: many });
    expect(size.width).toBeLessThan(4000);
    const drawn = svg();
    expect(drawn.match(/<rect x=/g)).toHaveLength(1000);
    expect(drawn).not.toContain('class 7');
  });
});

it('calibration as a file has the bins, empty ones too, and draws those that are not', () => {
  const bins = [
    { lower: 0, upper: 0.5, images: 0, accuracy: null, confidence: null },
    { lower: 0.5, upper: 1, images: 4, accuracy: 0.75, confidence: 0.875 },
  ];
  const { csv, svg } = calibrationFile({ title: 'Calibration', bins, format: (part) => `${part * 100} %`, words: { from: 'from', to: 'to', images: 'images', accuracy: 'accuracy', confidence: 'confidence' } });
  expect(csv()).toBe('\ufefffrom,to,images,accuracy,confidence\r\n0,0.5,0,,\r\n0.5,1,4,0.75,0.875\r\n');
  const [, y, height] = /<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/.exec(svg()) ?? [];
  // 448 pixels high, of which the bar has three quarters and stands on the ground.
  expect([Number(y), Number(height)]).toEqual([48 + 112, 336]);
  expect(svg().match(/<rect x=/g)).toHaveLength(1);
});
