'use client';

import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { FormFrame } from './FormFrame.tsx';
import { useAccountForm, type Query } from './useAccountForm.ts';

/** The page that the link in the mail leads to, with its token. */
export function ResetPasswordForm({ query }: { query: Query }) {
  const t = useTranslations('auth');
  const [done, setDone] = useState(false);
  const { token } = query;
  const form = useAccountForm('/auth/reset-password', { token: typeof token === 'string' ? token : '' }, () => setDone(true));
  if (done || typeof token !== 'string') {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone={done ? 'good' : 'bad'} alert title={done ? t('reset.doneTitle') : t('reset.badLink')} />
        <Link href={done ? '/sign-in' : '/forgot-password'} className="text-sm text-accent hover:underline">
          {done ? t('reset.toSignIn') : t('reset.toForgot')}
        </Link>
      </div>
    );
  }
  return (
    <FormFrame {...form} title={t('reset.title')} text={t('reset.text')} submit={t('reset.submit')}>
      <Field label={t('newPassword')} hint={t('passwordHint')}>
        {(props) => <Input {...props} name="newPassword" type="password" autoComplete="new-password" required autoFocus />}
      </Field>
    </FormFrame>
  );
}
