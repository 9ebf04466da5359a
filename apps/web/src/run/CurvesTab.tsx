'use client';

import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { ChartCard } from '../charts/ChartCard.tsx';
import { ChartSkeleton } from '../charts/ChartSkeleton.tsx';
import type { ChartMark, ChartSeries } from '../charts/plotOptions.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { CurveNotes } from './CurveNotes.tsx';
import { CurveToolbar, type CurveView } from './CurveToolbar.tsx';
import { epochSeries } from './epochSeries.ts';
import { useIterations } from './useIterations.ts';

/** Loss, accuracy and learning rate, of every iteration and of every epoch, as they come. */
export function CurvesTab() {
  const t = useTranslations('run.curves');
  const formats = useFormats();
  const store = useRun();
  const { model, loaded } = store;
  const [view, setView] = useState<CurveView>({ axis: 'step', smoothing: 0.9, log: false });
  const { run } = model;
  const stepsPerEpoch = run?.stepsPerEpoch ?? model.started?.stepsPerEpoch ?? null;
  const { epochs = 1, freezeEpochs = 0 } = run?.spec.schedule ?? {};
  const byTime = view.axis === 'time' && stepsPerEpoch !== null;

  const iterations = useIterations(model, {
    log: view.log,
    smoothing: view.smoothing,
    stepsPerEpochOnTime: byTime ? stepsPerEpoch : null,
    thawStep: freezeEpochs * (stepsPerEpoch ?? 0),
  });
  const { loss, accuracy, learningRate } = iterations;
  const withRaw = view.smoothing > 0;
  const lossSeries = useMemo(() => curve(loss, withRaw, '--series-1', t('trainLoss')), [loss, withRaw, t]);
  const accuracySeries = useMemo(() => curve(accuracy, withRaw, '--series-3', t('trainAccuracy')), [accuracy, withRaw, t]);
  const rateSeries = useMemo<ChartSeries[]>(() => [{ label: t('learningRate'), color: '--series-4', values: learningRate }], [learningRate, t]);

  const byEpoch = useMemo(() => {
    const { loss: losses, accuracy: accuracies, ...rest } = epochSeries(model.epochs, view.log);
    const named = (parts: typeof losses): ChartSeries[] => parts.map(({ part, ...one }) => ({ ...one, label: t(`parts.${part}`) }));
    return { ...rest, loss: named(losses), accuracy: named(accuracies) };
  }, [model.epochs, view.log, t]);
  const thaws = freezeEpochs > 0 && freezeEpochs < epochs;
  const thaw = thaws ? iterations.thaw : null;
  const marks = useMemo<ChartMark[]>(() => (thaw === null ? [] : [{ x: thaw, label: t('thaw'), color: '--thaw' }]), [thaw, t]);
  const band = useMemo<[number, number] | null>(() => (iterations.thaw === null ? null : [0, iterations.thaw]), [iterations.thaw]);
  const epochMarks = useMemo<ChartMark[]>(() => (thaws ? [{ x: freezeEpochs, label: t('thaw'), color: '--thaw' }] : []), [thaws, freezeEpochs, t]);
  const epochBand = useMemo<[number, number] | null>(() => (freezeEpochs > 0 ? [0, freezeEpochs] : null), [freezeEpochs]);

  // Before all is loaded, the run itself says whether there is something to draw.
  const measured = model.iterations.length > 0 || model.epochs.length > 0 || (!loaded && (run?.step ?? 0) > 0);
  if (!measured) return <p className="py-16 text-center text-sm text-muted">{t('nothingYet')}</p>;

  const ofIterations = {
    x: iterations.x,
    group: byTime ? 'time' : 'step',
    nameOfX: byTime ? t('seconds') : t('step'),
    formatX: byTime ? formats.duration : formats.count,
    marks,
    band,
    onZoom: (from: number, to: number) => void (byTime ? undefined : store.refine(from, to).catch(() => undefined)),
  };
  const ofEpochs = { x: byEpoch.x, group: 'epoch', nameOfX: t('epoch'), formatX: (epoch: number) => (Number.isInteger(epoch) ? formats.count(epoch) : ''), marks: epochMarks, band: epochBand };

  return (
    <div className="flex flex-col gap-4">
      <CurveToolbar view={view} onChange={setView} timeKnown={stepsPerEpoch !== null} />
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
        {loaded ? (
          <ChartCard {...ofIterations} title={t('lossByIteration')} log={view.log} formatY={formats.significant} nonFinite={iterations.nonFinite} series={lossSeries} />
        ) : (
          <ChartSkeleton title={t('lossByIteration')} />
        )}
        <ChartCard {...ofEpochs} title={t('accuracyByEpoch')} log={false} formatY={formats.percent} series={byEpoch.accuracy} />
        <ChartCard {...ofEpochs} title={t('lossByEpoch')} log={view.log} formatY={formats.significant} nonFinite={byEpoch.nonFinite} series={byEpoch.loss} />
        {loaded ? (
          <ChartCard {...ofIterations} title={t('learningRate')} log={view.log} formatY={formats.rate} series={rateSeries} />
        ) : (
          <ChartSkeleton title={t('learningRate')} />
        )}
        {loaded ? (
          iterations.hasAccuracy && <ChartCard {...ofIterations} title={t('accuracyByIteration')} log={false} formatY={formats.percent} series={accuracySeries} />
        ) : (
          <ChartSkeleton title={t('accuracyByIteration')} />
        )}
        <CurveNotes />
      </div>
    </div>
  );
}

/** A line, pale behind it the values that it was smoothed from. */
const curve = ({ raw, smoothed }: { raw: ChartSeries['values']; smoothed: ChartSeries['values'] }, withRaw: boolean, color: ChartSeries['color'], label: string): ChartSeries[] => [
  ...(withRaw ? [{ label: `${label} `, color, values: raw, behind: true }] : []),
  { label, color, values: smoothed },
];
