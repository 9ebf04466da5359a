'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { FormFrame } from './FormFrame.tsx';
import { Outcome } from './Outcome.tsx';
import { useAccountForm, type Query } from './useAccountForm.ts';

/** The page that the mail to a new address leads to. A press of a button, since mail programs open links by themselves. */
export function ConfirmAddressForm({ query: { token } }: { query: Query }) {
  const t = useTranslations('auth');
  const [done, setDone] = useState(false);
  const form = useAccountForm({ path: '/auth/verify-email', extra: { token: typeof token === 'string' ? token : '' }, done: () => setDone(true) });
  if (done) return <Outcome tone="good" title={t('confirm.doneTitle')} link={{ href: '/sign-in', words: t('reset.toSignIn') }} />;
  return (
    <FormFrame {...form} title={t('confirm.title')} submit={t('confirm.submit')}>
      <p className="text-sm text-muted">{t('confirm.text')}</p>
    </FormFrame>
  );
}
