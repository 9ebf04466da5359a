'use client';

import type { Invitation, MadeInvitation } from '@thaw/contract/accounts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MailPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { useAccount } from '../account/AccountContext.tsx';
import { callApi } from '../api/callApi.ts';
import { usePages } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { MoreButton } from '../components/ui/MoreButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { OwnList } from '../components/ui/OwnList.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { SecretOnce } from '../settings/SecretOnce.tsx';

const path = '/v1/invitations';
const tones = { open: 'accent', accepted: 'good', expired: 'plain' } as const;

/** Who was asked to join. */
export function InvitationsTab() {
  const t = useTranslations('operation.invitations');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const { signUp } = useAccount();
  const found = usePages<Invitation>(path);
  const [making, setMaking] = useState(false);
  const remove = useMutation({
    mutationFn: (id: string) => callApi(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
    onError: (error) => toast.error(sentence(error)),
  });
  if (found.error !== null) return <Notice tone="bad">{sentence(found.error)}</Notice>;
  if (found.items === undefined) return <Skeleton className="h-40 w-full" />;
  return (
    <div className="flex flex-col gap-4">
      <OwnList icon={MailPlus} emptyTitle={t('emptyTitle')} text={t(`signUp.${signUp}`)} make={t('make')} onMake={() => setMaking(true)} empty={found.items.length === 0}>
        <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
          {found.items.map(({ id, email, status, createdAt, expiresAt }) => (
            <li key={id} className="flex items-center gap-3 p-4">
              <div className="min-w-0 flex-1">
                <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
                  <span className="min-w-0 break-words">{email ?? t('anyone')}</span>
                  <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>
                </p>
                <p className="text-xs text-faint">{[t('made', { when: format.moment(createdAt) }), ...(status === 'open' ? [t('until', { when: format.moment(expiresAt) })] : [])].join(' · ')}</p>
              </div>
              {status === 'open' && (
                <Button size="small" look="danger" disabled={remove.isPending} onClick={() => remove.mutate(id)}>
                  {t('revoke')}
                </Button>
              )}
            </li>
          ))}
        </ul>
        <MoreButton of={found} />
      </OwnList>
      {making && <InviteDialog onClose={() => setMaking(false)} />}
    </div>
  );
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('operation.invitations');
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [days, setDays] = useState('7');
  const make = useMutation({
    mutationFn: () => callApi<MadeInvitation>(path, { method: 'POST', body: { ...(email.trim() !== '' && { email: email.trim() }), days: Number(days) } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
  });
  if (make.data !== undefined) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('madeTitle')} description={make.data.mailed ? t('mailed', { email: make.data.email ?? '' }) : t('sendIt')} className="sm:max-w-xl" actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <SecretOnce secret={make.data.link} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('make')}>
      <DialogForm work={make} send={t('makeNow')} leave={t('leave')} onClose={onClose}>
        <Field label={t('email')} hint={t('emailHint')}>
          {(props) => <Input {...props} type="email" value={email} onChange={(event) => setEmail(event.target.value)} autoComplete="off" />}
        </Field>
        <Field label={t('days')}>{(props) => <Input {...props} type="number" min={1} max={90} required value={days} onChange={(event) => setDays(event.target.value)} className="max-w-32" />}</Field>
      </DialogForm>
    </Dialog>
  );
}
