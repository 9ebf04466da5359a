'use client';

import type { ChangeAddressReply } from '@thaw/contract/accounts';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { toast } from '../components/ui/toast.ts';

/** Another address for the account. Where mails are sent it counts once the one that goes there is answered. */
export function AddressDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.address');
  const router = useRouter();
  const [newEmail, setNewEmail] = useState('');
  const [currentPassword, setPassword] = useState('');
  const change = useMutation({
    mutationFn: () => callApi<ChangeAddressReply>('/auth/change-email', { method: 'POST', body: { newEmail: newEmail.trim(), currentPassword } }),
    onSuccess: ({ status }) => {
      if (status !== 'changed') return;
      toast.success(t('changed'));
      onClose();
      router.refresh();
    },
  });
  if (change.data?.status === 'confirm-address') {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('mailedTitle')} actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <p className="text-sm">{t('mailed', { email: newEmail.trim() })}</p>
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('title')}>
      <DialogForm work={change} send={t('send')} leave={t('leave')} onClose={onClose}>
        <Field label={t('new')}>{(props) => <Input {...props} type="email" value={newEmail} onChange={(event) => setNewEmail(event.target.value)} required maxLength={254} autoComplete="email" />}</Field>
        <Field label={t('password')}>{(props) => <Input {...props} type="password" value={currentPassword} onChange={(event) => setPassword(event.target.value)} required autoComplete="current-password" />}</Field>
      </DialogForm>
    </Dialog>
  );
}
