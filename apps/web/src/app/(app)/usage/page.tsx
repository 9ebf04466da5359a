import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { UsagePage } from '../../../operation/UsagePage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('operation.usage');
  return { title: t('title') };
}

export default function Usage() {
  return <UsagePage />;
}
