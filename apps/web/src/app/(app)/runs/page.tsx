import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchFromServer } from '../../../api/fetchFromServer.ts';
import { queryOf, readFilter } from '../../../runs/runFilter.ts';
import { RunsPage } from '../../../runs/RunsPage.tsx';
import type { PageOfRuns } from '../../../runs/useRunList.ts';

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** As many as fill a large screen; the page goes on from there. */
const atFirst = 30;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('runs');
  return { title: t('title') };
}

export default async function Runs({ searchParams }: Props) {
  const parameters = new URLSearchParams(Object.entries(await searchParams).flatMap(([name, value = []]) => [value].flat().map((one) => [name, one])));
  const query = queryOf(readFilter(parameters)).toString();
  const page = await fetchFromServer<PageOfRuns>(`/v1/runs?${query}&limit=${atFirst}`);
  return <RunsPage first={{ query, page }} />;
}
