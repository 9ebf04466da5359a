import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AdministrationPage } from '../../../operation/AdministrationPage.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('operation.administration');
  return { title: t('title') };
}

export default function Administration() {
  return <AdministrationPage />;
}
