import type { Evaluation } from '@thaw/contract/evaluation';

type ClassFigures = Evaluation['classes'][number];

/** Precision, recall and F1 of each class, from the confusion matrix (rows: true class). */
export function classFigures(confusion: readonly (readonly number[])[], names: readonly string[]): ClassFigures[] {
  return confusion.map((row, index) => {
    const right = row[index] as number;
    const support = row.reduce((sum, images) => sum + images, 0);
    const predicted = confusion.reduce((sum, other) => sum + (other[index] as number), 0);
    return {
      name: names[index] as string,
      support,
      predicted,
      precision: ratio(right, predicted),
      recall: ratio(right, support),
      f1: ratio(2 * right, support + predicted),
    };
  });
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Their means over the classes that occur or were predicted. */
export function macroAverages(classes: readonly ClassFigures[]): Evaluation['macro'] {
  const seen = classes.filter(({ support, predicted }) => support + predicted > 0);
  const mean = (figure: 'precision' | 'recall' | 'f1') => seen.reduce((sum, item) => sum + (item[figure] ?? 0), 0) / seen.length;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
