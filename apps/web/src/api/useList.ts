'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { callApi } from './callApi.ts';

type Path = `/v1/${string}`;

/** A list that the API gives whole. Its key is its path, so that whoever changes it can have it asked for again. */
export const useItems = <T>(path: Path, { refetchInterval = false }: { refetchInterval?: number | false } = {}) =>
  useQuery({ queryKey: [path], queryFn: async ({ signal }) => (await callApi<{ items: T[] }>(path, { signal })).items, refetchInterval });

/** A list that the API gives page by page; `items` are those that have come. @param query without `limit` and `cursor` */
export function usePages<T>(path: Path, query: Readonly<Record<string, string>> = {}, pageSize = 50) {
  const found = useInfiniteQuery({
    queryKey: [path, query],
    queryFn: ({ pageParam, signal }) => {
      const asked = new URLSearchParams({ ...query, limit: String(pageSize), ...(pageParam !== '' && { cursor: pageParam }) });
      return callApi<{ items: T[]; nextCursor: string | null }>(`${path}?${asked}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  return { ...found, items: found.data?.pages.flatMap(({ items }) => items) };
}
