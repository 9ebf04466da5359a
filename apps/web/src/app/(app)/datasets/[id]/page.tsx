import type { Dataset } from '@thaw/contract/datasets';
import type { Metadata } from 'next';
import { cache } from 'react';
import { fetchFromServer } from '../../../../api/fetchFromServer.ts';
import { DatasetPage } from '../../../../datasets/DatasetPage.tsx';

interface Props {
  params: Promise<{ id: string }>;
}

const fetchDataset = cache((id: string) => fetchFromServer<Dataset>(`/v1/datasets/${encodeURIComponent(id)}`));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await fetchDataset((await params).id)).name };
}

export default async function DatasetDetails({ params }: Props) {
  const dataset = await fetchDataset((await params).id);
  return <DatasetPage key={dataset.id} initial={dataset} />;
}
