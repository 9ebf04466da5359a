'use client';

import type { AuthOptions } from '@thaw/contract/accounts';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { FormFrame } from './FormFrame.tsx';
import { Outcome } from './Outcome.tsx';
import { useAccountForm, type Query } from './useAccountForm.ts';

/** The page that the link in the mail leads to, with its token. */
export function ResetPasswordForm({ query: { token }, options }: { query: Query; options: AuthOptions }) {
  const t = useTranslations('auth');
  const [done, setDone] = useState(false);
  const form = useAccountForm({
    path: '/auth/reset-password',
    extra: { token: typeof token === 'string' ? token : '' },
    sentences: { unauthorized: t('reset.badLink'), 'invalid-request': t('reset.badLink'), 'not-found': t('reset.badLink') },
    done: () => setDone(true),
  });
  if (done) return <Outcome tone="good" title={t('reset.doneTitle')} link={{ href: '/sign-in', words: t('reset.toSignIn') }} />;
  if (typeof token !== 'string') return <Outcome tone="bad" title={t('reset.badLink')} link={{ href: '/forgot-password', words: t('reset.toForgot') }} />;
  return (
    <FormFrame {...form} title={t('reset.title')} text={t('reset.text')} submit={t('reset.submit')}>
      <Field label={t('newPassword')} hint={t('passwordHint', options.password)}>
        {(props) => <Input {...props} name="newPassword" type="password" autoComplete="new-password" minLength={options.password.min} maxLength={options.password.max} required autoFocus />}
      </Field>
    </FormFrame>
  );
}
