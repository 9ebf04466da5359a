import type { Run } from '@thaw/contract/runs';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchFromServer } from '../../../../api/fetchFromServer.ts';
import { NewRunPage } from '../../../../newRun/NewRunPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('newRun');
  return { title: t('title') };
}

export default async function NewRun({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { from, dataset } = await searchParams;
  const copied = typeof from === 'string' ? await fetchFromServer<Run>(`/v1/runs/${encodeURIComponent(from)}`) : null;
  return <NewRunPage from={copied} dataset={typeof dataset === 'string' ? dataset : null} />;
}
