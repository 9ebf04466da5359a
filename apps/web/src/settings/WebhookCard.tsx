'use client';

import type { Webhook } from '@thaw/contract/webhooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, KeyRound, Pencil, Power, Send, Trash2 } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Menu, MenuItem, MenuSeparator } from '../components/ui/Menu.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Deliveries } from './Deliveries.tsx';
import { eventKeys } from './eventKeys.ts';
import { NewSecretDialog } from './NewSecretDialog.tsx';
import { WebhookDialog } from './WebhookDialog.tsx';

/** A webhook: what it is told, whether that arrives, and what was sent of late. */
export function WebhookCard({ webhook }: { webhook: Webhook }) {
  const t = useTranslations('settings.webhooks');
  const locale = useLocale();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const [open, setOpen] = useState<'change' | 'renew' | 'delete' | null>(null);
  const [shown, setShown] = useState(false);
  const path = `/v1/webhooks/${webhook.id}` as const;
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['/v1/webhooks'] });
  const onError = (error: Error): unknown => toast.error(sentence(error));
  const test = useMutation({
    mutationFn: () => callApi(`${path}/test`, { method: 'POST' }),
    onSuccess: async () => {
      setShown(true);
      await queries.invalidateQueries({ queryKey: [`${path}/deliveries`] });
    },
    onError,
  });
  const toggle = useMutation({ mutationFn: () => callApi(path, { method: 'PATCH', body: { enabled: !webhook.enabled } }), onSuccess: refresh, onError });
  const remove = useMutation({ mutationFn: () => callApi(path, { method: 'DELETE' }), onSuccess: refresh });
  return (
    <section className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex min-h-7 flex-wrap items-center gap-2 text-sm font-semibold">
            <span className="break-words">{webhook.name}</span>
            {webhook.enabled ? webhook.failingSince === null ? <Badge tone="good">{t('on')}</Badge> : <Badge tone="warn">{t('failing')}</Badge> : <Badge>{t('off')}</Badge>}
          </h2>
        </div>
        <Button size="small" busy={test.isPending} disabled={!webhook.enabled} onClick={() => test.mutate()}>
          <Send aria-hidden />
          {t('test')}
        </Button>
        <Menu
          trigger={
            <Button size="icon" look="quiet" className="size-7" aria-label={t('more', { name: webhook.name })}>
              <Ellipsis aria-hidden />
            </Button>
          }
        >
          <MenuItem onSelect={() => setOpen('change')}>
            <Pencil aria-hidden />
            {t('change')}
          </MenuItem>
          <MenuItem onSelect={() => setOpen('renew')}>
            <KeyRound aria-hidden />
            {t('renew')}
          </MenuItem>
          <MenuItem onSelect={() => toggle.mutate()}>
            <Power aria-hidden />
            {webhook.enabled ? t('switchOff') : t('switchOn')}
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={() => setOpen('delete')}>
            <Trash2 aria-hidden />
            {t('delete')}
          </MenuItem>
        </Menu>
      </div>
      <div className="-mt-2">
        <p className="font-mono text-xs break-all text-muted">{webhook.url}</p>
        <p className="mt-1 text-xs text-faint">{webhook.events.map((event) => t(eventKeys[event])).join(' · ')}</p>
      </div>
      {webhook.disabledReason !== null && <Notice tone="warn">{locale === 'en' ? webhook.disabledReason : t('givenUp')}</Notice>}
      <Button size="small" look="quiet" className="-ml-2 w-fit" aria-expanded={shown} onClick={() => setShown(!shown)}>
        {shown ? t('hideDeliveries') : t('showDeliveries')}
      </Button>
      {shown && <Deliveries webhook={webhook.id} />}
      {open === 'change' && <WebhookDialog webhook={webhook} onClose={() => setOpen(null)} />}
      {open === 'renew' && <NewSecretDialog webhook={webhook} onClose={() => setOpen(null)} />}
      <ConfirmDialog open={open === 'delete'} onClose={() => setOpen(null)} title={t('deleteTitle', { name: webhook.name })} text={t('deleteText')} action={t('delete')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} />
    </section>
  );
}
