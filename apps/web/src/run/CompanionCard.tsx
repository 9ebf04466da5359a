'use client';

import type { Comparison } from '@thaw/contract/comparison';
import { useQuery } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import Link from 'next/link';
import { callApi } from '../api/callApi.ts';
import { Card } from '../components/ui/Card.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';
import { hasEnded } from '../runs/runFacts.ts';

const brought = ['scratch', 'untuned', 'linear_probe'] as const;

/** What pretraining and fine-tuning brought: the run beside its companions, in points of test accuracy. */
export function CompanionCard() {
  const t = useTranslations('run.companions');
  const locale = useLocale();
  const { percent, decimal } = useFormats();
  const { id, model } = useRun();
  const { data } = useQuery({
    queryKey: ['run', id, 'companions', model.run?.status],
    queryFn: ({ signal }) => callApi<Comparison>(`/v1/runs/${id}/comparison`, { signal }),
    refetchInterval: ({ state }) => (state.data?.rows.some(({ status }) => status !== null && !hasEnded(status)) === true ? 5000 : false),
  });
  const rows = data?.rows.filter(({ test }) => test !== null) ?? [];
  if (rows.length < 2) return null;
  // The run itself first, also where this is the page of a companion.
  const ids = rows.flatMap(({ run, kind }) => (run === null || kind === 'untuned' ? [] : [run])).reverse();
  const told = brought.flatMap((kind) => {
    const gain = rows.find((row) => row.kind === kind)?.gain ?? null;
    return gain === null ? [] : [{ kind, gain }];
  });
  return (
    <Card
      title={t('title')}
      actions={
        ids.length >= 2 && (
          <Link href={`/compare?${ids.map((one) => `run=${one}`).join('&')}`} className="text-sm text-accent hover:underline">
            {t('compare')}
          </Link>
        )
      }
    >
      <p className="mb-3 text-sm text-muted">
        {told.map(({ kind, gain }) => t(`brought.${kind}`, { points: `${gain < 0 ? '−' : ''}${decimal(Math.abs(gain))}` })).join(locale === 'zh-CN' ? '' : ' ')}
      </p>
      <ul className="flex flex-col gap-2.5 text-sm">
        {rows.map(({ kind, test, gain }) => (
          <li key={kind} className="grid grid-cols-[1fr_auto] gap-x-4">
            <span className={kind === 'run' ? 'font-medium' : 'text-muted'}>{t(`kinds.${kind}`)}</span>
            <span className="tabular-nums">
              {percent(test?.accuracy ?? 0)}
              {gain !== null && <span className="ml-2 text-faint">{t('gain', { points: `${gain > 0 ? '+' : ''}${decimal(gain)}` })}</span>}
            </span>
            <span className="col-span-2 mt-1 h-1.5 rounded-full bg-active">
              <span className={kind === 'run' ? 'block h-full rounded-full bg-accent' : 'block h-full rounded-full bg-line-strong'} style={{ width: `${(test?.accuracy ?? 0) * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
