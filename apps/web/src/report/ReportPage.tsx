'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import type { EpochRecord } from '@thaw/contract/events';
import type { MetricsAnswer } from '@thaw/contract/metricsQuery';
import type { RunWithCompanions } from '@thaw/contract/runs';
import { Printer } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { ChartFigure } from '../charts/chartSvg.ts';
import { Button } from '../components/ui/Button.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { epochSeries } from '../run/epochSeries.ts';
import { accuracyOf, secondsOf } from '../runs/runFacts.ts';
import { PlainTable } from './PlainTable.tsx';
import { PrintedChart } from './PrintedChart.tsx';
import { settingsOf } from './settingsOf.ts';

interface ReportPageProps {
  run: RunWithCompanions;
  metrics: MetricsAnswer;
  /** Null until the run has succeeded. */
  evaluation: Evaluation | null;
}

/** A run on paper: what came of it, the tutorial's three figures, its classes, its recipe. */
export function ReportPage({ run, metrics, evaluation }: ReportPageProps) {
  const t = useTranslations('report');
  const status = useTranslations('status');
  const { percent, loss, count, duration, moment } = useFormats();
  const accuracy = accuracyOf(run);
  const seconds = secondsOf(run, null);
  const results: [string, string][] = [
    [t('status'), status(run.status)],
    [t('dataset'), t('datasetVersion', { id: run.dataset.id, version: run.dataset.version })],
    [t('created'), moment(run.createdAt)],
    ...(run.device === null ? [] : [[t('device'), run.device] satisfies [string, string]]),
    ...(seconds === null ? [] : [[t('duration'), duration(seconds)] satisfies [string, string]]),
    ...(accuracy === null ? [] : [[t(`accuracyOn.${accuracy.part}`), percent(accuracy.value)] satisfies [string, string]]),
    ...(run.result?.best ? [[t('bestEpoch'), count(run.result.best.epoch)] satisfies [string, string]] : []),
    ...(evaluation === null ? [] : ([[t('loss'), loss(Number(evaluation.loss))], [t('f1'), percent(evaluation.macro.f1)], [t('ece'), percent(Number(evaluation.calibration.ece))]] satisfies [string, string][])),
  ];
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  return (
    <div className="min-h-dvh bg-surface text-ink print:min-h-0">
      <main className="mx-auto flex max-w-3xl flex-col gap-8 px-6 py-8 print:max-w-none print:gap-6 print:p-0">
        <header className="flex flex-wrap items-start justify-between gap-4">
          <div>
            <p className="text-xs text-faint">{t('title')}</p>
            <h1 className="text-xl font-semibold break-words">{run.name}</h1>
            {run.tags.length > 0 && <p className="mt-1 text-sm text-muted">{run.tags.join(' · ')}</p>}
          </div>
          <div className="flex gap-2 print:hidden">
            <Button asChild>
              <Link href={`/runs/${run.id}`}>{t('back')}</Link>
            </Button>
            <Button look="primary" onClick={() => window.print()}>
              <Printer aria-hidden />
              {t('print')}
            </Button>
          </div>
        </header>
        {run.notes !== '' && <p className="text-sm whitespace-pre-line">{run.notes}</p>}
        <Part title={t('results')}>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-3 print:grid-cols-3">
            {results.map(([name, value]) => (
              <div key={name} className="min-w-0">
                <dt className="text-xs text-faint">{name}</dt>
                <dd className="font-medium break-words tabular-nums">{value}</dd>
              </div>
            ))}
          </dl>
        </Part>
        <Figures run={run} metrics={metrics} />
        {evaluation !== null && (
          <Part title={t('classes')}>
            <PlainTable
              head={[t('columns.name'), t('columns.support'), t('columns.precision'), t('columns.recall'), t('columns.f1')]}
              rows={evaluation.classes.map(({ name, support, precision, recall, f1 }) => [name, count(support), share(precision), share(recall), share(f1)])}
              numeric
            />
          </Part>
        )}
        <Part title={t('recipe')}>
          <PlainTable head={[t('setting'), t('value')]} rows={settingsOf(run.spec)} />
        </Part>
        <footer className="text-xs text-faint">{t('made', { id: run.id })}</footer>
      </main>
    </div>
  );
}

function Figures({ run, metrics }: Pick<ReportPageProps, 'run' | 'metrics'>) {
  const t = useTranslations('run.curves');
  const report = useTranslations('report');
  const { percent, significant, count } = useFormats();
  const { freezeEpochs, epochs } = run.spec.schedule;
  const steps = run.stepsPerEpoch ?? 0;
  // No fields were chosen, so all are there.
  const byEpoch = epochSeries(metrics.epochs as EpochRecord[], false);
  const thawAt = (x: number): Pick<ChartFigure, 'marks' | 'band'> =>
    freezeEpochs > 0 && x > 0 ? { band: [0, x], marks: freezeEpochs < epochs ? [{ x, label: t('thaw'), color: '--thaw' }] : [] } : {};
  const numbers = metrics.iterations.map(({ loss = NaN }) => Number(loss));
  const figures: ChartFigure[] = [
    {
      title: t('lossByIteration'),
      x: metrics.iterations.map(({ step }) => step),
      series: [{ label: t('trainLoss'), color: '--series-1', values: numbers.map((value) => (Number.isFinite(value) ? value : null)) }],
      log: false,
      formatX: count,
      formatY: significant,
      nonFinite: metrics.iterations.flatMap(({ step }, i) => (Number.isFinite(numbers[i]) ? [] : [step])),
      ...thawAt(freezeEpochs * steps),
    },
    ...(['accuracy', 'loss'] as const).map((kind): ChartFigure => ({
      title: kind === 'accuracy' ? t('accuracyByEpoch') : t('lossByEpoch'),
      x: byEpoch.x,
      series: byEpoch[kind].map(({ part, ...one }) => ({ ...one, label: t(`parts.${part}`) })),
      log: false,
      formatX: (epoch) => (Number.isInteger(epoch) ? count(epoch) : ''),
      formatY: kind === 'accuracy' ? percent : significant,
      ...thawAt(freezeEpochs),
    })),
  ];
  if (metrics.iterations.length === 0) return null;
  return (
    <Part title={report('figures')}>
      {figures.map((figure) => (
        <PrintedChart key={figure.title} figure={figure} />
      ))}
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3">
      <h2 className="break-after-avoid border-b border-line pb-1.5 text-base font-semibold">{title}</h2>
      {children}
    </section>
  );
}
