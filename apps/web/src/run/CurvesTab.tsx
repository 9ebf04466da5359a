'use client';

import { useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { ChartCard } from '../charts/ChartCard.tsx';
import type { ChartMark, ChartSeries } from '../charts/plotOptions.ts';
import { plottable } from '../charts/plottable.ts';
import { smooth } from '../charts/smooth.ts';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { CurveNotes } from './CurveNotes.tsx';
import { CurveToolbar, type CurveView } from './CurveToolbar.tsx';
import { epochSeries } from './epochSeries.ts';
import { secondsOfSteps } from './secondsOfSteps.ts';

/** Loss, accuracy and learning rate, of every iteration and of every epoch, as they come. */
export function CurvesTab() {
  const t = useTranslations('run.curves');
  const formats = useFormats();
  const store = useRun();
  const { model, version, loaded } = store;
  const [view, setView] = useState<CurveView>({ axis: 'step', smoothing: 0.9, log: false });
  const { run } = model;
  const stepsPerEpoch = run?.stepsPerEpoch ?? model.started?.stepsPerEpoch ?? null;
  const { epochs = 1, freezeEpochs = 0 } = run?.spec.schedule ?? {};
  const byTime = view.axis === 'time' && stepsPerEpoch !== null;

  const iterations = useMemo(() => {
    const { iterations: columns, epochs: records } = model;
    const cut = (column: Float64Array): Float64Array => column.subarray(0, columns.length);
    const steps = cut(columns.step);
    const toAxis = (of: Float64Array): Float64Array => (byTime ? secondsOfSteps(of, records, stepsPerEpoch) : of);
    const [loss, accuracy] = [cut(columns.loss), cut(columns.accuracy)];
    const smoothed = (values: Float64Array): Float64Array => (view.smoothing === 0 ? values : smooth(steps, values, view.smoothing));
    const thaw = freezeEpochs * (stepsPerEpoch ?? 0);
    return {
      x: toAxis(steps),
      loss: plottable(loss, view.log),
      smoothLoss: plottable(smoothed(loss), view.log),
      accuracy: plottable(accuracy),
      smoothAccuracy: plottable(smoothed(accuracy)),
      hasAccuracy: accuracy.some((value) => !Number.isNaN(value)),
      learningRate: plottable(cut(columns.learningRate), view.log),
      nonFinite: Array.from(toAxis(Float64Array.from(columns.nonFinite.keys()).sort())),
      thaw: thaw > 0 ? (toAxis(new Float64Array([thaw]))[0] ?? 0) : null,
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the columns are the same objects while they grow: `version` says that they did
  }, [model, version, view.smoothing, view.log, byTime, stepsPerEpoch, freezeEpochs]);

  const byEpoch = useMemo(() => epochSeries(model.epochs, view.log), [model.epochs, view.log]);
  const thaws = freezeEpochs > 0 && freezeEpochs < epochs;
  const thaw = thaws ? iterations.thaw : null;
  const marks = useMemo<ChartMark[]>(() => (thaw === null ? [] : [{ x: thaw, label: t('thaw'), color: '--thaw' }]), [thaw, t]);
  const band = useMemo<[number, number] | null>(() => (iterations.thaw === null ? null : [0, iterations.thaw]), [iterations.thaw]);
  const epochMarks = useMemo<ChartMark[]>(() => (thaws ? [{ x: freezeEpochs, label: t('thaw'), color: '--thaw' }] : []), [thaws, freezeEpochs, t]);
  const epochBand = useMemo<[number, number] | null>(() => (freezeEpochs > 0 ? [0, freezeEpochs] : null), [freezeEpochs]);

  if (!loaded) return <Skeleton className="h-96 w-full" />;
  if (model.iterations.length === 0 && model.epochs.length === 0) return <p className="py-16 text-center text-sm text-muted">{t('nothingYet')}</p>;

  const raw = (values: ChartSeries['values'], smoothed: ChartSeries['values'], color: ChartSeries['color'], label: string): ChartSeries[] => [
    ...(view.smoothing > 0 ? [{ label: `${label} `, color, values, behind: true }] : []),
    { label, color, values: smoothed },
  ];
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
  const named = (names: typeof byEpoch.loss): ChartSeries[] => names.map(({ part, ...one }) => ({ ...one, label: t(`parts.${part}`) }));

  return (
    <div className="flex flex-col gap-4">
      <CurveToolbar view={view} onChange={setView} timeKnown={stepsPerEpoch !== null} />
      <div className="grid gap-4 lg:grid-cols-2">
        <ChartCard {...ofIterations} title={t('lossByIteration')} log={view.log} formatY={formats.significant} nonFinite={iterations.nonFinite} series={raw(iterations.loss, iterations.smoothLoss, '--series-1', t('trainLoss'))} />
        <ChartCard {...ofEpochs} title={t('accuracyByEpoch')} log={false} formatY={formats.percent} series={named(byEpoch.accuracy)} />
        <ChartCard {...ofEpochs} title={t('lossByEpoch')} log={view.log} formatY={formats.significant} nonFinite={byEpoch.nonFinite} series={named(byEpoch.loss)} />
        <ChartCard {...ofIterations} title={t('learningRate')} log={view.log} formatY={formats.rate} series={[{ label: t('learningRate'), color: '--series-4', values: iterations.learningRate }]} />
        {iterations.hasAccuracy && (
          <ChartCard {...ofIterations} title={t('accuracyByIteration')} log={false} formatY={formats.percent} series={raw(iterations.accuracy, iterations.smoothAccuracy, '--series-3', t('trainAccuracy'))} />
        )}
        <CurveNotes />
      </div>
    </div>
  );
}
