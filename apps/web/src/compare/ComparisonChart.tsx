'use client';

import type { EpochRecord } from '@thaw/contract/events';
import type { RunComparison } from '@thaw/contract/runComparison';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { LineChart } from '../charts/LineChart.tsx';
import type { ChartSeries } from '../charts/plotOptions.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { colorOf, isDashed } from './runColors.ts';

type ComparedRuns = RunComparison['runs'];

/** Held-out figures where there are some: of the validation part, else of the test part. */
const values = {
  accuracy: ({ valAccuracy, testAccuracy }: EpochRecord) => valAccuracy ?? testAccuracy,
  loss: ({ valLoss, testLoss }: EpochRecord) => valLoss ?? testLoss,
  trainAccuracy: ({ trainAccuracy }: EpochRecord) => trainAccuracy,
  trainLoss: ({ trainLoss }: EpochRecord) => trainLoss,
} as const;
export type Measure = keyof typeof values;
export const measures = Object.keys(values) as Measure[];

export function ComparisonChart({ runs, measure }: { runs: ComparedRuns; measure: Measure }) {
  const t = useTranslations('compare');
  const { percent, significant, count } = useFormats();
  const { x, series } = useMemo(() => {
    const epochs = [...new Set(runs.flatMap((run) => run.epochs.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
    const lines = runs.map((run, i): ChartSeries => {
      const byEpoch = new Map(run.epochs.map((record) => [record.epoch, Number(values[measure](record) ?? NaN)]));
      const numbers = epochs.map((epoch) => byEpoch.get(epoch) ?? NaN).map((value) => (Number.isFinite(value) ? value : null));
      return { label: run.name, color: colorOf(i), dots: true, dashed: isDashed(i), values: numbers };
    });
    return { x: Float64Array.from(epochs), series: lines };
  }, [runs, measure]);
  const isAccuracy = measure === 'accuracy' || measure === 'trainAccuracy';
  return (
    <LineChart
      label={t(`measures.${measure}`)}
      x={x}
      series={series}
      log={false}
      group="comparison"
      height={320}
      formatX={(epoch) => (Number.isInteger(epoch) ? count(epoch) : '')}
      formatY={isAccuracy ? percent : significant}
    />
  );
}
