import type { EpochRecord } from '@thaw/contract/events';
import type { RunWithCompanions } from '@thaw/contract/runs';
import type { Metadata } from 'next';
import { cache } from 'react';
import { fetchFromServer } from '../../../../api/fetchFromServer.ts';
import { RunPage } from '../../../../run/RunPage.tsx';

interface Props {
  params: Promise<{ id: string }>;
}

const pathOf = (id: string): `/${string}` => `/v1/runs/${encodeURIComponent(id)}`;
const fetchRun = cache((id: string) => fetchFromServer<RunWithCompanions>(pathOf(id)));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await fetchRun((await params).id)).name };
}

export default async function RunDetails({ params }: Props) {
  const { id } = await params;
  const [run, { epochs }] = await Promise.all([fetchRun(id), fetchFromServer<{ epochs: EpochRecord[] }>(`${pathOf(id)}/metrics?series=epochs`)]);
  return <RunPage key={run.id} run={run} epochs={epochs} />;
}
