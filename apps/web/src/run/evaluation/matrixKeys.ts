import type { CellPlace } from './confusion.ts';

/** Where a key leads within a square of cells; null where it leads nowhere. */
export function stepOf({ key, ctrlKey }: { key: string; ctrlKey: boolean }, { actual, predicted }: CellPlace, classes: number): CellPlace | null {
  const within = (index: number): number => Math.min(classes - 1, Math.max(0, index));
  switch (key) {
    case 'ArrowUp':
      return { actual: within(actual - 1), predicted };
    case 'ArrowDown':
      return { actual: within(actual + 1), predicted };
    case 'ArrowLeft':
      return { actual, predicted: within(predicted - 1) };
    case 'ArrowRight':
      return { actual, predicted: within(predicted + 1) };
    case 'Home':
      return { actual: ctrlKey ? 0 : actual, predicted: 0 };
    case 'End':
      return { actual: ctrlKey ? classes - 1 : actual, predicted: classes - 1 };
    default:
      return null;
  }
}
