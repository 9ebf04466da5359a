'use client';

import type { Dataset } from '@thaw/contract/datasets';
import type { ListedRun } from '@thaw/contract/runs';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { callApi } from '../api/callApi.ts';

/** Shown of each kind. */
const most = 6;
/** Milliseconds without a key before the API is asked. */
const rest = 150;

interface Found {
  runs: readonly Pick<ListedRun, 'id' | 'name' | 'status'>[];
  datasets: readonly Pick<Dataset, 'id' | 'name'>[];
  failed: boolean;
}

/** Runs that the API finds, the newest without a query; data sets by their names. */
export function useFound(query: string): Found {
  const [settled, setSettled] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), rest);
    return () => clearTimeout(timer);
  }, [query]);
  const runs = useQuery({
    queryKey: ['runs', 'palette', settled],
    queryFn: ({ signal }) => callApi<{ items: ListedRun[] }>(`/v1/runs?${new URLSearchParams({ limit: String(most), ...(settled !== '' && { search: settled.slice(0, 200) }) })}`, { signal }),
    placeholderData: keepPreviousData,
  });
  const datasets = useQuery({
    queryKey: ['datasets', 'palette'],
    queryFn: ({ signal }) => callApi<{ items: Dataset[] }>('/v1/datasets?limit=100', { signal }),
  });
  const named = datasets.data?.items.filter(({ name }) => contains(name, query)) ?? [];
  // Until the API has answered, those of its last answer that fit.
  const answered = settled === query && !runs.isPlaceholderData;
  const foundRuns = runs.data?.items.filter(({ name }) => answered || contains(name, query)) ?? [];
  return { runs: foundRuns, datasets: named.slice(0, most), failed: runs.isError || datasets.isError };
}

/** In any case. */
export const contains = (text: string, query: string): boolean => text.toLocaleLowerCase().includes(query.toLocaleLowerCase());
