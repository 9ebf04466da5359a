'use client';

import type { Run } from '@thaw/contract/runs';
import { useQuery } from '@tanstack/react-query';
import { callApi } from '../api/callApi.ts';

/** The latest runs that have succeeded: what is known of speeds, and whose weights can be taken. */
export function useEarlierRuns(): readonly Run[] | undefined {
  const { data } = useQuery({
    queryKey: ['runs', 'measured'],
    queryFn: ({ signal }) => callApi<{ items: Run[] }>('/v1/runs?status=succeeded&limit=50', { signal }),
    staleTime: 60_000,
  });
  return data?.items;
}
