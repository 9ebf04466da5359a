'use client';

import type { AuthOptions, SignUpReply } from '@thaw/contract/accounts';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { FormFrame } from './FormFrame.tsx';
import { GithubButton } from './GithubButton.tsx';
import { Outcome } from './Outcome.tsx';
import { nextPage, useAccountForm, type Query } from './useAccountForm.ts';

export function SignUpForm({ query, options }: { query: Query; options: AuthOptions }) {
  const t = useTranslations('auth');
  const [confirm, setConfirm] = useState<string | null>(null);
  const invitation = typeof query['invitation'] === 'string' ? query['invitation'] : undefined;
  const form = useAccountForm<SignUpReply>({
    path: '/auth/sign-up/email',
    ...(invitation !== undefined && { extra: { invitation } }),
    done: ({ status }, fields) => (status === 'signed-in' ? window.location.assign(nextPage(query)) : setConfirm(fields['email'] ?? '')),
  });
  if (confirm !== null)
    return (
      <Outcome tone="good" title={t('signUp.confirmTitle')} link={{ href: '/sign-in', words: t('forgot.toSignIn') }}>
        {t('signUp.confirmText', { email: confirm })}
      </Outcome>
    );
  const allowed = options.first || options.signUp === 'open' || (options.signUp === 'invitation' && invitation !== undefined);
  if (!allowed)
    return (
      <Outcome tone="info" title={options.signUp === 'closed' ? t('signUp.closed') : t('signUp.invitationOnly')} link={{ href: '/sign-in', words: t('signUp.toSignIn') }} />
    );
  return (
    <FormFrame {...form} title={t('signUp.title')} text={options.first ? t('signUp.first') : t('signUp.text')} submit={t('signUp.submit')} foot={<Link href="/sign-in">{t('signUp.toSignIn')}</Link>}>
      {options.github && <GithubButton returnTo={nextPage(query)} invitation={invitation} />}
      <Field label={t('name')}>{(props) => <Input {...props} name="name" autoComplete="name" required maxLength={100} autoFocus />}</Field>
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required />}</Field>
      <Field label={t('password')} hint={t('passwordHint', options.password)}>
        {(props) => <Input {...props} name="password" type="password" autoComplete="new-password" minLength={options.password.min} maxLength={options.password.max} required />}
      </Field>
    </FormFrame>
  );
}
