import type { Comparison, ComparisonRow } from '@thaw/contract/comparison';
import type { TrainerEvent } from '@thaw/contract/events';
import type { RunSpec } from '@thaw/contract/runSpec';
import { aligned } from './aligned.ts';

const percent = (fraction: number | null | undefined): string => (typeof fraction === 'number' ? `${(100 * fraction).toFixed(1)} %` : '-');
const whole = (value: number | null): string => (value === null ? '-' : value.toFixed(0));

/** What a companion says, as a line for a terminal; null for what is not shown. */
export function describeCompanionEvent(kind: string, event: TrainerEvent, { schedule }: RunSpec): string | null {
  switch (event.type) {
    case 'epoch':
      return `${kind}: epoch ${event.epoch} of ${schedule.epochs}, ${event.valAccuracy === null ? 'test' : 'val'} accuracy ${percent(event.valAccuracy ?? event.testAccuracy)}`;
    case 'log':
      return `${kind}: ${event.message}`;
    case 'finished':
      return event.failure === null ? null : `${kind}: ${event.failure.message}`;
    default:
      return null;
  }
}

const titles: Record<ComparisonRow['kind'], string> = { untuned: 'untuned', linear_probe: 'linear probe', scratch: 'from scratch', run: 'this run' };

/** A comparison as a table for a terminal. `gain`: points of test accuracy that the run is above the line. */
export function describeComparison({ rows }: Comparison): string {
  const lines = rows
    .filter(({ status }) => status !== null)
    .map(({ kind, status, bestEpoch, val, test, cpuSeconds, gain }) => [
      titles[kind],
      percent(val?.accuracy),
      percent(test?.accuracy),
      gain === null ? '-' : `${gain >= 0 ? '+' : ''}${gain.toFixed(1)}`,
      whole(bestEpoch),
      whole(cpuSeconds),
      status ?? '',
    ]);
  return aligned([['', 'val accuracy', 'test accuracy', 'gain', 'best epoch', 'CPU seconds', ''], ...lines]).join('\n');
}
