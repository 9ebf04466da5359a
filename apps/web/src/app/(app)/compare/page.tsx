import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ComparePage } from '../../../compare/ComparePage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('compare');
  return { title: t('title') };
}

export default async function Compare({ searchParams }: { searchParams: Promise<{ run?: string | string[] }> }) {
  const { run = [] } = await searchParams;
  return <ComparePage ids={[...new Set([run].flat())]} />;
}
