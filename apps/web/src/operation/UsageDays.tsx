'use client';

import type { Usage } from '@thaw/contract/usage';
import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';

/** Minutes that workers were held on each day of the month; GPU below, CPU above. */
export function UsageDays({ usage }: { usage: Usage }) {
  const t = useTranslations('operation.usage');
  const format = useFormats();
  const [year = 0, month = 0] = usage.month.split('-').map(Number);
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const byDay = new Map(usage.days.map((one) => [Number(one.day.slice(-2)), one]));
  const most = Math.max(1, ...usage.days.map(({ gpuMinutes, cpuMinutes }) => gpuMinutes + cpuMinutes));
  const days = Array.from({ length: count }, (_, i) => ({ day: i + 1, gpuMinutes: 0, cpuMinutes: 0, ...byDay.get(i + 1) })).map((one, i) => ({ ...one, number: i + 1 }));
  return (
    <div className="flex flex-col gap-3">
      <p className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        <span className="inline-flex items-center gap-2">
          <span aria-hidden className="size-2.5 rounded-sm bg-[var(--series-1)]" />
          {t('gpu', { minutes: format.decimal(usage.gpuMinutes) })}
        </span>
        <span className="inline-flex items-center gap-2">
          <span aria-hidden className="size-2.5 rounded-sm bg-[var(--series-6)]" />
          {t('cpu', { minutes: format.decimal(usage.cpuMinutes) })}
        </span>
      </p>
      <ul className="flex h-36 items-end gap-px sm:gap-1" aria-label={t('days', { month: usage.month })}>
        {days.map(({ number, gpuMinutes, cpuMinutes }) => (
          <li key={number} className="flex h-full min-w-0 flex-1 flex-col justify-end" title={t('day', { day: number, gpu: format.decimal(gpuMinutes), cpu: format.decimal(cpuMinutes) })}>
            <span className="sr-only">{t('day', { day: number, gpu: format.decimal(gpuMinutes), cpu: format.decimal(cpuMinutes) })}</span>
            <span aria-hidden className="rounded-t-sm bg-[var(--series-6)]" style={{ height: `${(100 * cpuMinutes) / most}%` }} />
            <span aria-hidden className="bg-[var(--series-1)]" style={{ height: `${(100 * gpuMinutes) / most}%` }} />
            <span aria-hidden className="h-px bg-line-strong" />
          </li>
        ))}
      </ul>
      <div aria-hidden className="flex justify-between text-xs text-faint tabular-nums">
        <span>1</span>
        <span>{Math.ceil(count / 2)}</span>
        <span>{count}</span>
      </div>
    </div>
  );
}
