'use client';

import type { Usage } from '@thaw/contract/usage';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Page } from '../shell/Page.tsx';
import { UsageView } from './UsageView.tsx';

/** What the person has used, and what is left. */
export function UsagePage() {
  const t = useTranslations('operation.usage');
  const sentence = useProblemSentence();
  const { data, error } = useQuery({ queryKey: ['usage'], queryFn: ({ signal }) => callApi<Usage>('/v1/usage', { signal }), refetchInterval: 30_000 });
  return (
    <Page title={t('title')} description={t('description')}>
      {error !== null && <Notice tone="bad">{sentence(error)}</Notice>}
      {data === undefined && error === null && <Skeleton className="h-96 w-full" />}
      {data !== undefined && <UsageView usage={data} />}
    </Page>
  );
}
