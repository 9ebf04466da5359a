'use client';

import type { ListedRun } from '@thaw/contract/runs';
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { callApi } from '../api/callApi.ts';
import { queryOf, statusGroups, type RunFilter } from './runFilter.ts';
import { hasEnded } from './runFacts.ts';

export interface PageOfRuns {
  items: ListedRun[];
  nextCursor: string | null;
}

/** What the page came with, and what was asked for it. */
export interface FirstRuns {
  query: string;
  page: PageOfRuns;
}

interface RunList {
  runs: readonly ListedRun[];
  error: Error | null;
  /** Nothing is known yet. */
  loading: boolean;
  hasMore: boolean;
  loadMore: () => void;
}

const pageSize = 100;
/** How many of the newest are looked at again and again, beside all that are active. */
const headSize = 20;

const fetchRuns = (query: URLSearchParams, signal: AbortSignal): Promise<PageOfRuns> => callApi<PageOfRuns>(`/v1/runs?${query.toString()}`, { signal });

/** Runs page by page as one scrolls; those that are active, and new ones, are kept fresh without loading all again. */
export function useRunList(filter: RunFilter, first: FirstRuns): RunList {
  const client = useQueryClient();
  const text = queryOf(filter).toString();
  const listKey = useMemo(() => ['runs', 'list', text], [text]);
  const list = useInfiniteQuery({
    queryKey: listKey,
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams(text);
      query.set('limit', String(pageSize));
      if (pageParam !== null) query.set('cursor', pageParam);
      return fetchRuns(query, signal);
    },
    initialPageParam: null as string | null,
    ...(first.query === text && { initialData: { pages: [first.page], pageParams: [null] } }),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  });
  const fresh = useQuery({
    queryKey: ['runs', 'fresh', text],
    queryFn: async ({ signal }) => {
      const head = new URLSearchParams(text);
      head.set('limit', String(headSize));
      const active = new URLSearchParams({ sparkline: 'true', limit: '100' });
      for (const status of statusGroups.active) active.append('status', status);
      const [newest, running] = await Promise.all([fetchRuns(head, signal), fetchRuns(active, signal)]);
      return { newest: newest.items, running: running.items };
    },
    refetchInterval: ({ state }) => ((state.data?.running.length ?? 0) > 0 ? 3000 : 15_000),
  });

  const runs = useMemo(() => {
    const known = list.data?.pages.flatMap(({ items }) => items) ?? [];
    const { newest = [], running = [] } = fresh.data ?? {};
    const now = new Map([...running, ...newest].map((run) => [run.id, run]));
    const ids = new Set(known.map(({ id }) => id));
    const added = filter.sort === 'created' && filter.order === 'desc' && list.data !== undefined ? newest.filter(({ id }) => !ids.has(id)) : [];
    return [...added, ...known.map((run) => now.get(run.id) ?? run)];
  }, [list.data, fresh.data, filter.sort, filter.order]);

  // One that was active, and is not any more, is nowhere in what was asked for: the list itself must say what became of it.
  const lost = fresh.data !== undefined && runs.some(({ id, status }) => !hasEnded(status) && ![...fresh.data.running, ...fresh.data.newest].some((run) => run.id === id));
  useEffect(() => {
    if (lost) void client.invalidateQueries({ queryKey: listKey });
  }, [lost, client, listKey]);

  return {
    runs,
    error: list.error,
    loading: list.data === undefined && list.error === null,
    hasMore: list.hasNextPage,
    loadMore: () => {
      if (!list.isFetchingNextPage) void list.fetchNextPage();
    },
  };
}
