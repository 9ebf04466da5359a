'use client';

import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useState } from 'react';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { FormFrame } from './FormFrame.tsx';
import { useAccountForm, type Query } from './useAccountForm.ts';

export function ForgotPasswordForm({ query }: { query: Query }) {
  const t = useTranslations('auth');
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAccountForm('/auth/request-password-reset', { redirectTo: '/reset-password' }, (_, fields) => setSentTo(fields['email'] ?? ''));
  if (sentTo !== null) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="good" alert title={t('forgot.sentTitle')}>
          {t('forgot.sentText', { email: sentTo })}
        </Notice>
        <Link href="/sign-in" className="text-sm text-accent hover:underline">
          {t('forgot.toSignIn')}
        </Link>
      </div>
    );
  }
  const { error } = query;
  return (
    <FormFrame
      {...form}
      error={form.error ?? (error === undefined ? null : t('reset.badLink'))}
      title={t('forgot.title')}
      text={t('forgot.text')}
      submit={t('forgot.submit')}
      foot={<Link href="/sign-in">{t('forgot.toSignIn')}</Link>}
    >
      <Field label={t('email')}>{(props) => <Input {...props} name="email" type="email" autoComplete="username" required autoFocus />}</Field>
    </FormFrame>
  );
}
