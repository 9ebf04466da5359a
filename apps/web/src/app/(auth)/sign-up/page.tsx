import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchAuthOptions } from '../../../account/fetchAuthOptions.ts';
import { SignUpForm } from '../../../account/SignUpForm.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth');
  return { title: t('signUp.title') };
}

export default async function SignUpPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  return <SignUpForm query={await searchParams} options={await fetchAuthOptions()} />;
}
