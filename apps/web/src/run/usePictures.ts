'use client';

import type { Dataset } from '@thaw/contract/datasets';
import type { Run } from '@thaw/contract/runs';
import { useQuery } from '@tanstack/react-query';
import { callApi } from '../api/callApi.ts';

/** Where an image of the run's data set is. */
export function pictureUrl({ id, version }: Run['dataset'], part: 'train' | 'val' | 'test', row: number, size: 'full' | 'thumbnail' = 'full'): string {
  return `/api/v1/datasets/${encodeURIComponent(id)}/versions/${version}/images/${part}/${row}/${size}`;
}

/** Names of the classes of a run's data set, by index; empty until they are known. */
export function useClassNames(run: Run | null): readonly string[] {
  const id = run?.dataset.id;
  const { data } = useQuery({
    queryKey: ['dataset', id],
    queryFn: ({ signal }) => callApi<Dataset>(`/v1/datasets/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== undefined,
    staleTime: 60_000,
  });
  return data?.classes.map(({ name }) => name) ?? noNames;
}

const noNames: readonly string[] = [];
