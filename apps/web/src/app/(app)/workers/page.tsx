import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { WorkersPage } from '../../../operation/WorkersPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('operation.workers');
  return { title: t('title') };
}

export default function Workers() {
  return <WorkersPage />;
}
