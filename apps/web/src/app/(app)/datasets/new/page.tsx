import type { Dataset } from '@thaw/contract/datasets';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchFromServer } from '../../../../api/fetchFromServer.ts';
import { NewDatasetPage } from '../../../../datasets/upload/NewDatasetPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('datasets.upload');
  return { title: t('title') };
}

/** `?dataset=`: a new version of that one. */
export default async function NewDataset({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { dataset } = await searchParams;
  const into = typeof dataset === 'string' ? await fetchFromServer<Dataset>(`/v1/datasets/${encodeURIComponent(dataset)}`) : null;
  return <NewDatasetPage into={into} />;
}
