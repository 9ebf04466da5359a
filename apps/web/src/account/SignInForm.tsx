'use client';

import type { AuthOptions } from '@thaw/contract/accounts';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useEffect } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { forgetNetworks } from '../tryPicture/inBrowser/networkCache.ts';
import { FormFrame } from './FormFrame.tsx';
import { GithubButton } from './GithubButton.tsx';
import { nextPage, useAccountForm, type Query } from './useAccountForm.ts';

export function SignInForm({ query, options }: { query: Query; options: AuthOptions }) {
  const t = useTranslations('auth');
  // However one came to be signed out: by deleting the account, or from elsewhere.
  useEffect(() => void forgetNetworks(), []);
  // A whole new page: nothing of who was here before stays in memory.
  const done = (): void => window.location.assign(nextPage(query));
  const form = useAccountForm({ path: '/auth/sign-in/email', sentences: { unauthorized: t('signIn.wrong') }, done });
  return (
    <FormFrame
      {...form}
      error={form.error ?? (query['error'] === undefined ? null : t('signIn.githubFailed'))}
      title={t('signIn.title')}
      submit={t('signIn.submit')}
      foot={
        <>
          {(options.first || options.signUp === 'open') && <Link href="/sign-up">{t('signIn.toSignUp')}</Link>}
          <Link href="/forgot-password">{t('signIn.toForgot')}</Link>
        </>
      }
    >
      {options.github && <GithubButton returnTo={nextPage(query)} />}
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required autoFocus />}</Field>
      <Field label={t('password')}>{(props) => <Input {...props} name="password" type="password" autoComplete="current-password" required />}</Field>
    </FormFrame>
  );
}
