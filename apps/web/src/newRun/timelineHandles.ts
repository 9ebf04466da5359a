import type { RunSpec } from '@thaw/contract/runSpec';
import { epochAt, mostEpochs, nextRate, rateAt, snapRate, xOf, yOf, type Scale } from './timelineScale.ts';

/** Something of the timeline that can be moved. */
export interface Handle {
  name: 'thaw' | 'end' | 'rate' | 'thawedRate';
  /** What it sets. */
  path: readonly [string, string];
  /** Epochs move along x, rates along y. */
  axis: 'x' | 'y';
  value: number;
  min: number;
  max: number;
  /** Epochs that it is about. */
  from: number;
  to: number;
}

/** Rates that a handle reaches; one that was typed may be beyond. */
const rates = { min: 1e-7, max: 1 };

/** Whether there are epochs before a thaw and after it. */
export const thaws = ({ schedule: { epochs, freezeEpochs } }: Pick<RunSpec, 'schedule'>): boolean => freezeEpochs > 0 && freezeEpochs < epochs;

/** Without a thaw there is one rate. */
export function handlesOf(spec: Pick<RunSpec, 'schedule' | 'optimizer'>): Handle[] {
  const { epochs, freezeEpochs, unfreezeLearningRate } = spec.schedule;
  const { learningRate } = spec.optimizer;
  const twoRates = thaws(spec);
  const rate = (value: number) => ({ axis: 'y', value, min: Math.min(rates.min, value), max: Math.max(rates.max, value) }) as const;
  return [
    { name: 'thaw', path: ['schedule', 'freezeEpochs'], axis: 'x', value: freezeEpochs, min: 0, max: epochs, from: 0, to: epochs },
    { name: 'rate', path: ['optimizer', 'learningRate'], ...rate(learningRate), from: 0, to: twoRates ? freezeEpochs : epochs },
    ...(twoRates ? [{ name: 'thawedRate', path: ['schedule', 'unfreezeLearningRate'], ...rate(unfreezeLearningRate), from: freezeEpochs, to: epochs } as const] : []),
    { name: 'end', path: ['schedule', 'epochs'], axis: 'x', value: epochs, min: Math.max(1, freezeEpochs), max: mostEpochs, from: 0, to: epochs },
  ];
}

const within = ({ min, max }: Handle, value: number): number => Math.min(max, Math.max(min, value));

/** Where a handle is, in pixels. That of a rate is in the middle of its epochs. */
export const placeOf = (scale: Scale, { axis, value, from, to }: Handle): { x: number; y: number } =>
  axis === 'x' ? { x: xOf(scale, value), y: scale.top } : { x: (xOf(scale, from) + xOf(scale, to)) / 2, y: yOf(scale, value) };

/** What a handle is set to where it is moved to a place; no further than what is shown. */
export function pointedAt(scale: Scale, handle: Handle, { x, y }: { x: number; y: number }): number {
  if (handle.axis === 'x') return within(handle, Math.min(scale.epochs, Math.round(epochAt(scale, x))));
  return within(handle, snapRate(rateAt(scale, Math.min(scale.floor, Math.max(scale.top, y)))));
}

/** What a key sets a handle to; null where it means nothing. A page is five epochs, or ten times the rate. */
export function keyedTo(handle: Handle, key: string): number | null {
  const { axis, value, min, max } = handle;
  if (key === 'Home') return min;
  if (key === 'End') return max;
  const up = key === 'ArrowUp' || key === 'ArrowRight' || key === 'PageUp';
  if (!up && key !== 'ArrowDown' && key !== 'ArrowLeft' && key !== 'PageDown') return null;
  const page = key.startsWith('Page');
  if (axis === 'x') return within(handle, value + (up ? 1 : -1) * (page ? 5 : 1));
  return within(handle, page ? Number((up ? value * 10 : value / 10).toPrecision(6)) : nextRate(value, up));
}

/** Which handle a press at a place moves: the one whose line is nearest. Of two at the same place, the one that can go there. */
export function nearestHandle(scale: Scale, handles: readonly Handle[], { x, y }: { x: number; y: number }): Handle | null {
  const distance = (handle: Handle): number => {
    const at = placeOf(scale, handle);
    if (handle.axis === 'x') return Math.abs(x - at.x);
    return x >= xOf(scale, handle.from) && x <= xOf(scale, handle.to) ? Math.abs(y - at.y) : Infinity;
  };
  // The thaw comes before the end.
  const nearer = (best: Handle | null, one: Handle): Handle => {
    if (best === null) return one;
    const difference = distance(one) - distance(best);
    return difference < 0 || (difference === 0 && x > placeOf(scale, one).x) ? one : best;
  };
  return handles.reduce<Handle | null>(nearer, null);
}
