'use client';

import type { RunComparison } from '@thaw/contract/runComparison';
import { useQuery } from '@tanstack/react-query';
import { GitCompareArrows } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Segmented } from '../components/ui/Segmented.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { hasEnded } from '../runs/runFacts.ts';
import { Page } from '../shell/Page.tsx';
import { ComparisonChart, measures, type Measure } from './ComparisonChart.tsx';
import { ResultTable } from './ResultTable.tsx';
import { SettingsTable } from './SettingsTable.tsx';

/** Up to 20 runs side by side: their curves on one plot, what came of them, and in what they differ. */
export function ComparePage({ ids }: { ids: readonly string[] }) {
  const t = useTranslations('compare');
  const sentence = useProblemSentence();
  const [measure, setMeasure] = useState<Measure>('accuracy');
  const query = ids.map((id) => `run=${encodeURIComponent(id)}`).join('&');
  const { data, error } = useQuery({
    queryKey: ['comparison', query],
    queryFn: ({ signal }) => callApi<RunComparison>(`/v1/comparison?${query}`, { signal }),
    enabled: ids.length >= 2,
    refetchInterval: ({ state }) => (state.data?.runs.every(({ status }) => hasEnded(status)) === true ? false : 5000),
  });
  if (ids.length < 2)
    return (
      <Page title={t('title')}>
        <EmptyState
          icon={GitCompareArrows}
          title={t('none')}
          actions={
            <Button asChild>
              <Link href="/runs">{t('choose')}</Link>
            </Button>
          }
        />
      </Page>
    );
  return (
    <Page title={t('title')} description={t('count', { count: ids.length })}>
      {error !== null && (
        <Notice tone="bad" alert>
          {sentence(error)}
        </Notice>
      )}
      {data === undefined ? (
        error === null && <Skeleton className="h-96 w-full" />
      ) : (
        <div className="flex flex-col gap-5">
          <Card
            title={t('curves')}
            actions={<Segmented label={t('measure')} value={measure} onChange={setMeasure} options={measures.map((value) => ({ value, label: t(`measures.${value}`) }))} />}
          >
            <ComparisonChart runs={data.runs} measure={measure} />
          </Card>
          <ResultTable runs={data.runs} />
          <SettingsTable runs={data.runs} settings={data.settings} />
        </div>
      )}
    </Page>
  );
}
