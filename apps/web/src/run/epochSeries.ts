import type { EpochRecord } from '@thaw/contract/events';
import type { ChartColor } from '../charts/chartColors.ts';

interface PartSeries {
  part: 'train' | 'val' | 'test';
  color: ChartColor;
  dots: boolean;
  values: (number | null)[];
}

const parts = [
  { part: 'train', loss: 'trainLoss', accuracy: 'trainAccuracy', color: '--series-1' },
  { part: 'val', loss: 'valLoss', accuracy: 'valAccuracy', color: '--series-3' },
  { part: 'test', loss: 'testLoss', accuracy: 'testAccuracy', color: '--series-2' },
] as const;

/** The curves by epoch, epoch 0 (before any training) first; a part that was never measured has none. */
export function epochSeries(epochs: readonly EpochRecord[], log: boolean): { x: Float64Array; loss: PartSeries[]; accuracy: PartSeries[]; nonFinite: number[] } {
  const drawable = (value: EpochRecord['trainLoss']): number | null => {
    const number = value === null ? NaN : Number(value);
    return Number.isFinite(number) && (!log || number > 0) ? number : null;
  };
  const measured = ({ values }: PartSeries): boolean => values.some((value) => value !== null);
  return {
    x: Float64Array.from(epochs, ({ epoch }) => epoch),
    loss: parts.map(({ part, color, loss }) => ({ part, color, dots: true, values: epochs.map((epoch) => drawable(epoch[loss])) })).filter(measured),
    accuracy: parts.map(({ part, color, accuracy }) => ({ part, color, dots: true, values: epochs.map((epoch) => epoch[accuracy]) })).filter(measured),
    nonFinite: epochs.filter((epoch) => parts.some(({ loss }) => typeof epoch[loss] === 'string')).map(({ epoch }) => epoch),
  };
}
