import type { RunComparison } from '@thaw/contract/runComparison';

type Row = RunComparison['runs'][number];

interface Gains {
  run: Row;
  /** Test accuracy of the run itself. */
  own: number;
  /** Test accuracies that it is compared with, what pretraining brought first. */
  gains: { kind: 'scratch' | 'untuned' | 'linear_probe'; other: number }[];
}

/** For each of the runs that stands beside companions of its own: what they and the run before any training reached on the test part. */
export function gainsOf(runs: readonly Row[]): Gains[] {
  return runs.flatMap((run) => {
    const own = run.figures.test?.accuracy;
    const companions = runs.filter(({ companionOf }) => companionOf?.run === run.id);
    if (own === undefined || companions.length === 0) return [];
    const accuracyOf = (kind: string): number | null => companions.find(({ companionOf }) => companionOf?.kind === kind)?.figures.test?.accuracy ?? null;
    const found = {
      scratch: accuracyOf('scratch'),
      untuned: run.epochs.find(({ epoch }) => epoch === 0)?.testAccuracy ?? null,
      linear_probe: accuracyOf('linear_probe'),
    };
    const gains = (['scratch', 'untuned', 'linear_probe'] as const).flatMap((kind) => (found[kind] === null ? [] : [{ kind, other: found[kind] }]));
    return gains.length === 0 ? [] : [{ run, own, gains }];
  });
}
