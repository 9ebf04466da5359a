'use client';

import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { Field, Input } from '../components/ui/Field.tsx';
import { FormFrame } from './FormFrame.tsx';
import { nextPage, useAccountForm, type Query } from './useAccountForm.ts';

export function SignUpForm({ query }: { query: Query }) {
  const t = useTranslations('auth');
  const { invitation } = query;
  const form = useAccountForm('/auth/sign-up/email', typeof invitation === 'string' ? { invitation } : {}, () => window.location.assign(nextPage(query)));
  return (
    <FormFrame {...form} title={t('signUp.title')} text={t('signUp.text')} submit={t('signUp.submit')} foot={<Link href="/sign-in">{t('signUp.toSignIn')}</Link>}>
      <Field label={t('name')}>{(props) => <Input {...props} name="name" autoComplete="name" required maxLength={100} autoFocus />}</Field>
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required />}</Field>
      <Field label={t('password')} hint={t('passwordHint')}>
        {(props) => <Input {...props} name="password" type="password" autoComplete="new-password" required />}
      </Field>
    </FormFrame>
  );
}
