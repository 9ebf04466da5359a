import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { fetchAuthOptions } from '../../../account/fetchAuthOptions.ts';
import { SignInForm } from '../../../account/SignInForm.tsx';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth');
  return { title: t('signIn.title') };
}

export default async function SignInPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  return <SignInForm query={await searchParams} options={await fetchAuthOptions()} />;
}
