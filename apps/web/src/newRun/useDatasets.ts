'use client';

import type { Dataset } from '@thaw/contract/datasets';
import { useQuery } from '@tanstack/react-query';
import { callApi } from '../api/callApi.ts';

/** The data sets that runs can be launched on. */
export function useDatasets(): readonly Dataset[] {
  const { data } = useQuery({
    queryKey: ['datasets', 'all'],
    queryFn: ({ signal }) => callApi<{ items: Dataset[] }>('/v1/datasets?limit=100', { signal }),
    staleTime: 30_000,
  });
  return data?.items.filter(({ version }) => version !== null) ?? none;
}

const none: readonly Dataset[] = [];
