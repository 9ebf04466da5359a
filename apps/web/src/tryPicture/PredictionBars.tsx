'use client';

import type { Prediction } from '@thaw/contract/predict';
import { classNames } from '../components/ui/classNames.ts';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';

interface PredictionBarsProps {
  /** The likeliest classes, falling; null where nothing has been said. */
  predictions: Prediction['predictions'] | null;
  waiting: boolean;
  /** This is what counts. */
  strong?: boolean;
}

const rows = [0, 1, 2, 3, 4];

/** The likeliest classes with their probabilities. Its height is the same before and after the answer. */
export function PredictionBars({ predictions, waiting, strong = false }: PredictionBarsProps) {
  const { percent } = useFormats();
  if (predictions === null) {
    return (
      <div className="flex min-h-44 flex-col gap-3" aria-hidden>
        {rows.map((row) => (waiting ? <Skeleton key={row} className="h-6 w-full" /> : <div key={row} className="h-6 rounded-md bg-hover" />))}
      </div>
    );
  }
  return (
    <ol className="flex min-h-44 flex-col gap-2.5 text-sm">
      {predictions.map(({ class: name, index, probability }, place) => (
        <li key={index}>
          <div className="flex justify-between gap-3">
            <span className={classNames('truncate', place === 0 ? 'font-semibold' : 'text-muted')}>{name}</span>
            <span className="text-muted tabular-nums">{percent(probability)}</span>
          </div>
          <div className="mt-0.5 h-1.5 rounded-full bg-active">
            <div className={classNames('h-full rounded-full transition-[width] duration-300', place === 0 && strong ? 'bg-accent' : 'bg-faint')} style={{ width: `${probability * 100}%` }} />
          </div>
        </li>
      ))}
    </ol>
  );
}
