'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Progress } from '../components/ui/Progress.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useNow } from '../i18n/useNow.ts';
import { useRun } from '../live/useRun.ts';
import { accuracyOf, hasEnded, progressOf, secondsOf } from '../runs/runFacts.ts';

/** Where the run stands, in numbers. Figures keep their width, so that nothing moves while they change. */
export function RunSummary() {
  const t = useTranslations('run.summary');
  const formats = useFormats();
  const now = useNow();
  const { model } = useRun();
  const { run, started } = model;
  if (run === null) return null;

  const running = run.status === 'running';
  const { epochs } = run.spec.schedule;
  const rate = running ? model.stepsPerSecond() : null;
  const epoch = Math.min(epochs, Math.max(run.epoch, model.epochs.at(-1)?.epoch ?? 0));
  const step = Math.max(run.step, model.iterations.step[model.iterations.length - 1] ?? 0);
  const progress = progressOf({ ...run, step });
  const total = run.stepsPerEpoch === null ? null : run.stepsPerEpoch * epochs;
  const left = rate !== null && rate > 0 && total !== null ? (total - step) / rate : null;
  const accuracy = accuracyOf(run);
  const seconds = secondsOf(run, now);
  const speed = rate === null ? (model.epochs.at(-1)?.imagesPerSecond ?? null) : rate * run.spec.data.batchSize;
  const device = started === null ? run.device : `${started.device.type.toUpperCase()} · ${started.device.name}`;

  return (
    <section aria-label={t('label')} className="rounded-xl border border-line bg-surface">
      <div className="px-4 pt-4 pb-3">
        <div className="mb-2 flex flex-wrap justify-between gap-x-4 text-sm tabular-nums">
          <span className="font-medium">{t('epochOf', { epoch: formats.count(epoch), epochs: formats.count(epochs) })}</span>
          <span className="text-muted">{total === null ? t('stepsUnknown') : t('stepOf', { step: formats.count(step), steps: formats.count(total) })}</span>
        </div>
        <Progress value={progress} label={t('progress')} />
      </div>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-b-xl border-t border-line bg-line sm:grid-cols-3 lg:grid-cols-6">
        <Figure name={accuracy === null ? t('accuracy') : t(`accuracyOn.${accuracy.part}`)} value={accuracy === null ? null : formats.percent(accuracy.value)} />
        <Figure name={t('timeLeft')} value={left === null || hasEnded(run.status) ? null : formats.duration(left)} />
        <Figure name={t('duration')} value={seconds === null ? null : formats.duration(seconds)} />
        <Figure name={t('speed')} value={speed === null ? null : t('imagesPerSecond', { speed: formats.count(speed) })} />
        <Figure name={t('attempt')} value={run.attempt === 0 ? null : formats.count(run.attempt)} />
        <Figure name={t('device')} value={device} />
      </dl>
    </section>
  );
}

function Figure({ name, value }: { name: ReactNode; value: string | null }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="truncate text-xs text-faint">{name}</dt>
      <dd className="truncate text-base font-medium tabular-nums" title={value ?? undefined}>
        {value ?? <span className="text-faint">–</span>}
      </dd>
    </div>
  );
}
