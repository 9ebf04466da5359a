'use client';

import type { Webhook, WebhookWithSecret } from '@thaw/contract/webhooks';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { SecretOnce } from './SecretOnce.tsx';

/** Gives a webhook a new secret and shows it this once; the old one signs beside it for a day. */
export function NewSecretDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const t = useTranslations('settings.webhooks');
  const renew = useMutation({ mutationFn: () => callApi<WebhookWithSecret>(`/v1/webhooks/${webhook.id}/secret`, { method: 'POST' }) });
  if (renew.data !== undefined) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('newSecretTitle')} description={t('newSecretText')} className="sm:max-w-xl" actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <SecretOnce secret={renew.data.secret} />
      </Dialog>
    );
  }
  return <ConfirmDialog open onClose={onClose} title={t('renewTitle', { name: webhook.name })} text={t('renewText')} action={t('renewNow')} busy={renew.isPending} error={renew.error} onConfirm={() => renew.mutate()} />;
}
