'use client';

import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { callApi } from '../api/callApi.ts';
import { stayConnected } from '../live/stayConnected.ts';
import { hasEnded } from './facts.ts';

interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

export const datasetPath = (id: string, rest = ''): `/${string}` => `/v1/datasets/${encodeURIComponent(id)}${rest}`;

/** All pages of a list: people have dozens of data sets and versions, not thousands. */
async function allPages<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: ListPage<T> = await callApi<ListPage<T>>(`${path}?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}` as `/${string}`, { signal });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

const isUnderWay = ({ status }: Dataset): boolean => status !== 'empty' && !hasEnded(status);

/** Asked again every few seconds while something is being imported. */
const whileUnderWay = (underWay: boolean): number | false => (underWay ? 3_000 : false);

export const useDatasets = (initial: Dataset[]) =>
  useQuery({
    queryKey: ['datasets'],
    queryFn: ({ signal }) => allPages<Dataset>('/v1/datasets', signal),
    refetchInterval: ({ state }) => whileUnderWay(state.data?.some(isUnderWay) ?? false),
    initialData: initial,
  });

export const useDataset = (initial: Dataset) =>
  useQuery({
    queryKey: ['dataset', initial.id],
    queryFn: ({ signal }) => callApi<Dataset>(datasetPath(initial.id), { signal }),
    initialData: initial,
    refetchInterval: ({ state }) => whileUnderWay(state.data !== undefined && isUnderWay(state.data)),
  });

export const useVersions = (id: string) =>
  useQuery({ queryKey: ['dataset', id, 'versions'], queryFn: ({ signal }) => allPages<DatasetVersion>(datasetPath(id, '/versions'), signal) });

/** Uploads of this person that are under way here or elsewhere, or were broken off. */
export const useOpenUploads = () =>
  useQuery({
    queryKey: ['uploads'],
    queryFn: async ({ signal }) => (await callApi<{ items: Upload[] }>('/v1/uploads', { signal })).items.filter(({ status }) => status === 'open' || status === 'completing'),
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 0 ? 5_000 : false),
  });

/** A version; while it is being made, each step of it as it happens. */
export function useVersion(id: string, version: number | null) {
  const queries = useQueryClient();
  const queryKey = ['dataset', id, 'version', version];
  const found = useQuery({
    queryKey,
    queryFn: ({ signal }) => callApi<DatasetVersion>(datasetPath(id, `/versions/${version}`), { signal }),
    enabled: version !== null,
    // Where a stream does not come through.
    refetchInterval: ({ state }) => (state.data !== undefined && !hasEnded(state.data.status) ? 5_000 : false),
  });
  const follows = version !== null && found.data !== undefined && !hasEnded(found.data.status);
  useEffect(() => {
    if (!follows) return;
    const stop = new AbortController();
    const path = datasetPath(id, `/versions/${version}/events`);
    const onMessage = (event: string, data: unknown): void => {
      if (event === 'version') queries.setQueryData(['dataset', id, 'version', version], data as DatasetVersion);
      if (event === 'end') void refreshDataset(queries, id);
    };
    void stayConnected({ path, position: { lastEventId: '', retryMilliseconds: 2000 }, signal: stop.signal, onMessage, onConnection: () => undefined });
    return () => stop.abort();
  }, [queries, id, version, follows]);
  return found;
}

/** All that is shown of a data set is asked for again. */
export async function refreshDataset(queries: QueryClient, id: string): Promise<void> {
  await Promise.all([['dataset', id], ['datasets'], ['uploads']].map((queryKey) => queries.invalidateQueries({ queryKey })));
}
