'use client';

import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { Field, Input } from '../components/ui/Field.tsx';
import { FormFrame } from './FormFrame.tsx';
import { nextPage, useAccountForm, type Query } from './useAccountForm.ts';

export function SignInForm({ query }: { query: Query }) {
  const t = useTranslations('auth');
  // A whole new page: nothing of who was here before stays in memory.
  const form = useAccountForm('/auth/sign-in/email', {}, () => window.location.assign(nextPage(query)));
  return (
    <FormFrame
      {...form}
      title={t('signIn.title')}
      submit={t('signIn.submit')}
      foot={
        <>
          <Link href="/sign-up">{t('signIn.toSignUp')}</Link>
          <Link href="/forgot-password">{t('signIn.toForgot')}</Link>
        </>
      }
    >
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required autoFocus />}</Field>
      <Field label={t('password')}>{(props) => <Input {...props} name="password" type="password" autoComplete="current-password" required />}</Field>
    </FormFrame>
  );
}
