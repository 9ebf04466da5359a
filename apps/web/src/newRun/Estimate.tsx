'use client';

import type { Run } from '@thaw/contract/runs';
import type { RunSpec } from '@thaw/contract/runSpec';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { estimateSeconds } from './estimateSeconds.ts';
import { useDatasets } from './useDatasets.ts';

/** How long it will take, by what the latest runs of this kind did. */
export function Estimate({ spec }: { spec: RunSpec }) {
  const t = useTranslations('newRun.estimate');
  const { duration } = useFormats();
  const datasets = useDatasets();
  const { data } = useQuery({
    queryKey: ['runs', 'measured'],
    queryFn: ({ signal }) => callApi<{ items: Run[] }>('/v1/runs?status=succeeded&limit=50', { signal }),
    staleTime: 60_000,
  });
  const train = datasets.find(({ id }) => id === spec.data.dataset)?.splits.find(({ split }) => split === 'train')?.images;
  if (data === undefined || train === undefined) return <p className="min-h-5 text-sm" />;
  const seconds = estimateSeconds(spec, train, data.items);
  return <p className="min-h-5 text-sm text-muted">{seconds === null ? t('unknown') : t('about', { duration: duration(seconds) })}</p>;
}
