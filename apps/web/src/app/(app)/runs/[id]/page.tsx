import type { RunWithCompanions } from '@thaw/contract/runs';
import type { Metadata } from 'next';
import { cache } from 'react';
import { fetchFromServer } from '../../../../api/fetchFromServer.ts';
import { RunPage } from '../../../../run/RunPage.tsx';

interface Props {
  params: Promise<{ id: string }>;
}

const fetchRun = cache((id: string) => fetchFromServer<RunWithCompanions>(`/v1/runs/${encodeURIComponent(id)}`));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await fetchRun((await params).id)).name };
}

export default async function RunDetails({ params }: Props) {
  const run = await fetchRun((await params).id);
  return <RunPage key={run.id} run={run} />;
}
