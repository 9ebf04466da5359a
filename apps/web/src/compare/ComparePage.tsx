'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useQuery } from '@tanstack/react-query';
import { GitCompareArrows } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useMemo, useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { ChartCard } from '../charts/ChartCard.tsx';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Segmented } from '../components/ui/Segmented.tsx';
import { Select } from '../components/ui/Select.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { hasEnded } from '../runs/runFacts.ts';
import { Page } from '../shell/Page.tsx';
import { Brought } from './Brought.tsx';
import { comparedSeries, firstMeasure, measuresOf, type Measure } from './comparedSeries.ts';
import { ResultsTable } from './ResultsTable.tsx';
import { SettingsTable } from './SettingsTable.tsx';

/** As GET /v1/comparison takes them. */
const [least, most] = [2, 20];
/** Epochs of each run; a line of more looks the same. */
const points = 400;

/** Runs side by side: one plot, what came of them, and the settings that differ. While one of them goes on it is looked at again. */
export function ComparePage({ ids }: { ids: readonly string[] }) {
  const t = useTranslations('compare');
  const sentence = useProblemSentence();
  const fits = ids.length >= least && ids.length <= most;
  const { data, error } = useQuery({
    queryKey: ['comparison', ids],
    queryFn: ({ signal }) => callApi<RunComparison>(`/v1/comparison?${new URLSearchParams([...ids.map((id) => ['run', id]), ['points', String(points)]])}`, { signal }),
    enabled: fits,
    refetchInterval: ({ state }) => (state.data?.runs.every(({ status }) => hasEnded(status)) === false ? 5000 : false),
  });
  return (
    <Page
      above={
        <Link href="/runs" className="hover:text-ink">
          {t('allRuns')}
        </Link>
      }
      title={t('title')}
      description={data && t('runs', { count: data.runs.length })}
    >
      {!fits ? (
        <EmptyState icon={GitCompareArrows} title={t('emptyTitle')} actions={<Button asChild look="primary"><Link href="/runs">{t('choose')}</Link></Button>}>
          {t('emptyText', { least, most })}
        </EmptyState>
      ) : error !== null && data === undefined ? (
        <Notice tone="bad" alert>
          {sentence(error)}
        </Notice>
      ) : data === undefined ? (
        <Skeleton className="h-[28rem] w-full" />
      ) : (
        <Compared {...data} />
      )}
    </Page>
  );
}

function Compared({ runs, settings }: RunComparison) {
  const t = useTranslations('compare');
  const { percent, significant, rate, count } = useFormats();
  const [chosen, setMeasure] = useState<Measure | null>(null);
  const measure = chosen ?? firstMeasure(runs);
  const [log, setLog] = useState(false);
  const [pointedAt, setPointedAt] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const logarithmic = log && !measure.endsWith('Accuracy');
  const { x, series } = useMemo(() => comparedSeries(runs, measure, hidden, logarithmic), [runs, measure, hidden, logarithmic]);
  const toggle = (id: string): void => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  };
  const legendActions = { onPointAt: setPointedAt, onToggle: (place: number) => toggle(runs[place]?.id ?? '') };
  return (
    <div className="flex flex-col gap-6">
      <Brought runs={runs} />
      <ChartCard
        title={t(`measures.${measure}`)}
        nameOfX={t('epoch')}
        x={x}
        series={series}
        log={logarithmic}
        group="compare"
        height={380}
        pointedAt={pointedAt === null || hidden.has(runs[pointedAt]?.id ?? '') ? null : pointedAt}
        legendActions={legendActions}
        formatX={(epoch) => (Number.isInteger(epoch) ? count(epoch) : '')}
        formatY={measure.endsWith('Accuracy') ? percent : measure === 'learningRate' ? rate : significant}
        actions={
          <>
            {!measure.endsWith('Accuracy') && (
              <Segmented
                label={t('scale')}
                value={log ? 'log' : 'linear'}
                onChange={(scale) => setLog(scale === 'log')}
                options={[
                  { value: 'linear', label: t('linear') },
                  { value: 'log', label: t('log') },
                ]}
              />
            )}
            <Select aria-label={t('measure')} value={measure} onChange={setMeasure} options={measuresOf(runs).map((value) => ({ value, label: t(`measures.${value}`) }))} />
          </>
        }
      />
      <section className="flex flex-col gap-3">
        <h2 className="text-base font-semibold">{t('results')}</h2>
        <ResultsTable runs={runs} hidden={hidden} onToggle={toggle} onPointAt={setPointedAt} />
      </section>
      <section className="flex flex-col gap-3">
        <h2 className="text-base font-semibold">{t('settings')}</h2>
        <SettingsTable runs={runs} settings={settings} />
      </section>
    </div>
  );
}
