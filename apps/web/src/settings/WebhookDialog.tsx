'use client';

import { webhookEvent, type Webhook, type WebhookEvent, type WebhookWithSecret } from '@thaw/contract/webhooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { Button } from '../components/ui/Button.tsx';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { eventKeys } from './eventKeys.ts';
import { SecretOnce } from './SecretOnce.tsx';

const allEvents = webhookEvent.options;

/** Makes a webhook, or changes one. A new one's secret is shown once. */
export function WebhookDialog({ webhook, onClose }: { webhook: Webhook | null; onClose: () => void }) {
  const t = useTranslations('settings.webhooks');
  const queries = useQueryClient();
  const group = useId();
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [events, setEvents] = useState<readonly WebhookEvent[]>(webhook?.events ?? ['run.succeeded', 'run.failed']);
  const [secret, setSecret] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (): Promise<Webhook | WebhookWithSecret> =>
      callApi(webhook === null ? '/v1/webhooks' : `/v1/webhooks/${webhook.id}`, { method: webhook === null ? 'POST' : 'PATCH', body: { name, url, events } }),
    onSuccess: async (saved) => {
      if ('secret' in saved) setSecret(saved.secret);
      else onClose();
      await queries.invalidateQueries({ queryKey: ['/v1/webhooks'] });
    },
  });
  if (secret !== null) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('secretTitle')} description={t('secretText')} className="sm:max-w-xl" actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <SecretOnce secret={secret} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={webhook === null ? t('make') : t('change')}>
      <DialogForm work={save} send={t('save')} leave={t('leave')} ready={events.length > 0} onClose={onClose}>
        <Field label={t('name')}>{(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} required maxLength={200} pattern=".*\S.*" autoComplete="off" />}</Field>
        <Field label={t('url')} hint={t('urlHint')}>
          {(props) => <Input {...props} type="url" value={url} onChange={(event) => setUrl(event.target.value)} required maxLength={2000} placeholder="https://example.org/thaw" />}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 text-sm font-medium">{t('when')}</legend>
          {allEvents.map((event) => (
            <div key={event} className="flex items-center gap-2.5 text-sm">
              <Checkbox id={`${group}-${event}`} checked={events.includes(event)} onChange={(on) => setEvents(on ? [...events, event] : events.filter((one) => one !== event))} />
              <label htmlFor={`${group}-${event}`}>
                {t(eventKeys[event])} <code className="text-xs text-faint">{event}</code>
              </label>
            </div>
          ))}
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}
