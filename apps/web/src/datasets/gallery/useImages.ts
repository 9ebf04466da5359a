'use client';

import type { browsedImage, DatasetVersion } from '@thaw/contract/datasets';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { callApi } from '../../api/callApi.ts';
import { datasetPath } from '../queries.ts';

export type BrowsedImage = z.infer<typeof browsedImage>;

export interface ImageFilter {
  split: string | null;
  class: string | null;
  issue: string | null;
}

const pageSize = 200;

/** Images of a version, page by page as one scrolls. A version never changes: what came once is kept. */
export function useImages({ dataset, version }: Pick<DatasetVersion, 'dataset' | 'version'>, filter: ImageFilter) {
  return useInfiniteQuery({
    queryKey: ['dataset', dataset, 'images', version, filter],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ version: String(version), limit: String(pageSize) });
      for (const [name, value] of Object.entries(filter) as [string, string | null][]) if (value !== null) query.set(name, value);
      if (pageParam !== '') query.set('cursor', pageParam);
      return callApi<{ items: BrowsedImage[]; nextCursor: string | null }>(datasetPath(dataset, `/images?${query}`), { signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    staleTime: Infinity,
  });
}
