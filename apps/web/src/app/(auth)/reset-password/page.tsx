import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchAuthOptions } from '../../../account/fetchAuthOptions.ts';
import { ResetPasswordForm } from '../../../account/ResetPasswordForm.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth');
  return { title: t('reset.title') };
}

export default async function ResetPasswordPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  return <ResetPasswordForm query={await searchParams} options={await fetchAuthOptions()} />;
}
