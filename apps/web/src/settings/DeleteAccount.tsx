'use client';

import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';

/** The way out of the service for good. */
export function DeleteAccount() {
  const t = useTranslations('settings.leaving');
  const [asking, setAsking] = useState(false);
  return (
    <Card title={t('title')}>
      <div className="flex flex-col items-start gap-3">
        <p className="text-sm text-muted">{t('text')}</p>
        <Button look="danger" className="self-end" onClick={() => setAsking(true)}>
          {t('ask')}
        </Button>
      </div>
      {asking && <DeleteAccountDialog onClose={() => setAsking(false)} />}
    </Card>
  );
}

function DeleteAccountDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.leaving');
  const [currentPassword, setPassword] = useState('');
  const remove = useMutation({
    mutationFn: () => callApi('/auth/delete-account', { method: 'POST', body: { currentPassword } }),
    // A whole new page: nothing of this person stays in memory.
    onSuccess: () => window.location.assign('/sign-in'),
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('askTitle')} description={t('askText')}>
      <DialogForm work={{ ...remove, isPending: remove.isPending || remove.isSuccess }} send={t('now')} sendLook="danger" leave={t('leave')} onClose={onClose}>
        <Field label={t('password')}>{(props) => <Input {...props} type="password" value={currentPassword} onChange={(event) => setPassword(event.target.value)} required autoComplete="current-password" />}</Field>
      </DialogForm>
    </Dialog>
  );
}
