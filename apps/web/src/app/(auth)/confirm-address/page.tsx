import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { ConfirmAddressForm } from '../../../account/ConfirmAddressForm.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth');
  return { title: t('confirm.title') };
}

export default async function ConfirmAddressPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  return <ConfirmAddressForm query={await searchParams} />;
}
