import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { RunsPage } from '../../../runs/RunsPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('runs');
  return { title: t('title') };
}

export default function Runs() {
  return <RunsPage />;
}
