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

/** Runs and data sets that the API finds; without a query its first ones. */
export function useFound(query: string): Found {
  const [settled, setSettled] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), rest);
    return () => clearTimeout(timer);
  }, [query]);
  const runs = useSearched<ListedRun>('runs', settled);
  const datasets = useSearched<Dataset>('datasets', settled);
  // Until the API has answered, those of its last answer that fit.
  const fitting = <Item extends { name: string }>({ data, isPlaceholderData }: { data: { items: Item[] } | undefined; isPlaceholderData: boolean }): Item[] =>
    data?.items.filter(({ name }) => (settled === query && !isPlaceholderData) || contains(name, query)) ?? [];
  return { runs: fitting(runs), datasets: fitting(datasets), failed: runs.isError || datasets.isError };
}

const useSearched = <Item>(what: 'runs' | 'datasets', search: string) =>
  useQuery({
    queryKey: [what, 'palette', search],
    queryFn: ({ signal }) => callApi<{ items: Item[] }>(`/v1/${what}?${new URLSearchParams({ limit: String(most), ...(search !== '' && { search: search.slice(0, 200) }) })}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** In any case. */
export const contains = (text: string, query: string): boolean => text.toLocaleLowerCase().includes(query.toLocaleLowerCase());
