'use client';

import type { AuthOptions } from '@thaw/contract/accounts';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { FormFrame } from './FormFrame.tsx';
import { Outcome } from './Outcome.tsx';
import { useAccountForm, type Query } from './useAccountForm.ts';

export function ForgotPasswordForm({ options }: { query: Query; options: AuthOptions }) {
  const t = useTranslations('auth');
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAccountForm({ path: '/auth/request-password-reset', done: (_, fields) => setSentTo(fields['email'] ?? '') });
  if (sentTo !== null)
    return (
      <Outcome tone="good" title={options.mail ? t('forgot.sentTitle') : t('forgot.loggedTitle')} link={{ href: '/sign-in', words: t('forgot.toSignIn') }}>
        {options.mail ? t('forgot.sentText', { email: sentTo }) : t('forgot.loggedText', { email: sentTo })}
      </Outcome>
    );
  return (
    <FormFrame {...form} title={t('forgot.title')} text={t('forgot.text')} submit={t('forgot.submit')} foot={<Link href="/sign-in">{t('forgot.toSignIn')}</Link>}>
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required autoFocus />}</Field>
    </FormFrame>
  );
}
