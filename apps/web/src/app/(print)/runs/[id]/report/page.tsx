import type { Evaluation } from '@thaw/contract/evaluation';
import type { MetricsAnswer } from '@thaw/contract/metricsQuery';
import type { RunWithCompanions } from '@thaw/contract/runs';
import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { cache } from 'react';
import { fetchFromServer } from '../../../../../api/fetchFromServer.ts';
import { ReportPage } from '../../../../../report/ReportPage.tsx';

interface Props {
  params: Promise<{ id: string }>;
}

const pathOf = (id: string) => `/v1/runs/${encodeURIComponent(id)}` as const;
const fetchRun = cache((id: string) => fetchFromServer<RunWithCompanions>(pathOf(id)));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const t = await getTranslations('report');
  return { title: t('of', { name: (await fetchRun((await params).id)).name }) };
}

/** Without the frame of the dashboard: it is for paper. */
export default async function Report({ params }: Props) {
  const { id } = await params;
  const run = await fetchRun(id);
  const [metrics, evaluation] = await Promise.all([
    fetchFromServer<MetricsAnswer>(`${pathOf(id)}/metrics?points=1500`),
    run.evaluation === null ? null : fetchFromServer<Evaluation>(`${pathOf(id)}/evaluation`),
  ]);
  return <ReportPage run={run} metrics={metrics} evaluation={evaluation} />;
}
