import type { Dataset } from '@thaw/contract/datasets';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchFromServer } from '../../../api/fetchFromServer.ts';
import { DatasetsPage } from '../../../datasets/DatasetsPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('datasets.list');
  return { title: t('title') };
}

export default async function Datasets() {
  // The first of them; the page itself asks for all.
  const { items } = await fetchFromServer<{ items: Dataset[] }>('/v1/datasets?limit=100');
  return <DatasetsPage initial={items} />;
}
