'use client';

import type { Account, passwordLength as lengthInContract } from '@thaw/contract/accounts';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { useAccount } from '../account/AccountContext.tsx';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { AddressDialog } from './AddressDialog.tsx';
import { DeleteAccount } from './DeleteAccount.tsx';

// The compiler sees to it that they are the same. (The contract's own would bring all its checks into the page.)
const passwordLength: typeof lengthInContract = { min: 10, max: 128 };

/** Name, address and password, and the way out. */
export function ProfileTab() {
  const account = useAccount();
  return (
    <div className="flex max-w-xl flex-col gap-5">
      <NameForm account={account} />
      {account.signIn.includes('password') && (
        <>
          <PasswordForm account={account} />
          <DeleteAccount />
        </>
      )}
    </div>
  );
}

function NameForm({ account }: { account: Account }) {
  const t = useTranslations('settings.profile');
  const sentence = useProblemSentence();
  const router = useRouter();
  const [moving, setMoving] = useState(false);
  const save = useMutation({
    mutationFn: (name: string) => callApi<Account>('/v1/account', { method: 'PATCH', body: { name } }),
    onSuccess: () => {
      toast.success(t('saved'));
      router.refresh();
    },
  });
  return (
    <Card title={t('title')}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(String(new FormData(event.currentTarget).get('name')));
        }}
      >
        {save.error !== null && (
          <Notice tone="bad" alert>
            {sentence(save.error)}
          </Notice>
        )}
        <Field label={t('name')}>{(props) => <Input {...props} name="name" defaultValue={account.name} required maxLength={100} autoComplete="name" />}</Field>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
          <dt className="text-faint">{t('email')}</dt>
          <dd className="flex flex-wrap items-center gap-x-3 break-words">
            <span className="min-w-0">{account.email}</span>
            {account.signIn.includes('password') && (
              <button type="button" className="rounded text-accent hover:underline" onClick={() => setMoving(true)}>
                {t('changeAddress')}
              </button>
            )}
          </dd>
          <dt className="text-faint">{t('role')}</dt>
          <dd>{t(`roles.${account.role}`)}</dd>
          <dt className="text-faint">{t('signIn')}</dt>
          <dd>{account.signIn.length === 0 ? t('ways.key') : account.signIn.map((way) => t(`ways.${way}`)).join(', ')}</dd>
        </dl>
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={save.isPending}>
            {t('save')}
          </Button>
        </div>
      </form>
      {moving && <AddressDialog onClose={() => setMoving(false)} />}
    </Card>
  );
}

function PasswordForm({ account }: { account: Account }) {
  const t = useTranslations('settings.password');
  const sentence = useProblemSentence();
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    mutationFn: (body: object) => callApi('/auth/change-password', { method: 'POST', body }),
    onSuccess: () => {
      form.current?.reset();
      toast.success(t('changed'));
    },
  });
  return (
    <Card title={t('title')}>
      <form
        ref={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const { currentPassword, newPassword } = Object.fromEntries(new FormData(event.currentTarget));
          change.mutate({ currentPassword, newPassword });
        }}
      >
        <p className="text-sm text-muted">{t('text')}</p>
        {change.error !== null && (
          <Notice tone="bad" alert>
            {sentence(change.error)}
          </Notice>
        )}
        {/* For password managers: whose password it is. */}
        <input type="hidden" autoComplete="username" defaultValue={account.email} />
        <Field label={t('current')}>{(props) => <Input {...props} name="currentPassword" type="password" autoComplete="current-password" required />}</Field>
        <Field label={t('new')} hint={t('hint', passwordLength)}>
          {(props) => <Input {...props} name="newPassword" type="password" autoComplete="new-password" required minLength={passwordLength.min} maxLength={passwordLength.max} />}
        </Field>
        <div className="flex justify-end">
          <Button type="submit" busy={change.isPending}>
            {t('change')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
