import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchAuthOptions } from '../../../account/fetchAuthOptions.ts';
import { ForgotPasswordForm } from '../../../account/ForgotPasswordForm.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth');
  return { title: t('forgot.title') };
}

export default async function ForgotPasswordPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  return <ForgotPasswordForm query={await searchParams} options={await fetchAuthOptions()} />;
}
