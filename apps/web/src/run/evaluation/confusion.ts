/** Images by their class (row) and by what they were taken for (column). */
export type Counts = readonly (readonly number[])[];

/** A cell of the confusion matrix, by places in the list of classes. */
export interface CellPlace {
  actual: number;
  predicted: number;
}
export interface ConfusedPair extends CellPlace {
  images: number;
  /** Of the images of the class. */
  part: number;
}

export const countOf = (counts: Counts, { actual, predicted }: CellPlace): number => counts[actual]?.[predicted] ?? 0;
export const sumOf = (line: readonly number[] = []): number => line.reduce((sum, images) => sum + images, 0);
/** Of the row; 0 where the class has no image. */
export const partOf = (counts: Counts, place: CellPlace): number => countOf(counts, place) / Math.max(1, sumOf(counts[place.actual]));

/** Every pair of classes of which one was taken for the other, the most images first; of as many, the larger part of the row. */
export function confusedPairs(counts: Counts): ConfusedPair[] {
  const pairs = counts.flatMap((line, actual) => {
    const all = Math.max(1, sumOf(line));
    return line.flatMap((images, predicted) => (actual === predicted || images === 0 ? [] : [{ actual, predicted, images, part: images / all }]));
  });
  return pairs.sort((a, b) => b.images - a.images || b.part - a.part);
}

/** How strongly a cell is coloured, 0 to 1: by its part of the row, or by its images where the fullest cell is 1. */
export function strengthOf(counts: Counts, by: 'part' | 'count'): (place: CellPlace) => number {
  const rows = counts.map((line) => Math.max(1, sumOf(line)));
  const most = counts.reduce((largest, line) => line.reduce((a, b) => Math.max(a, b), largest), 1);
  return ({ actual, predicted }) => {
    const images = counts[actual]?.[predicted] ?? 0;
    return Math.sqrt(images / (by === 'part' ? (rows[actual] ?? 1) : most));
  };
}

/** A part of a row in a narrow cell: whole per cent, without the sign. */
export const shortPart = (part: number): string => (part === 0 ? '' : part < 0.005 ? '<1' : String(Math.round(part * 100)));
