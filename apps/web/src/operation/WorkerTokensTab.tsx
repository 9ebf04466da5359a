'use client';

import type { madeWorkerToken, ShownWorkerToken } from '@thaw/contract/apiKeys';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Server } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { z } from 'zod';
import { callApi } from '../api/callApi.ts';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { DialogForm } from '../components/ui/DialogForm.tsx';
import { Field, Input } from '../components/ui/Field.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { OwnList } from '../components/ui/OwnList.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useNow } from '../i18n/useNow.ts';
import { SecretOnce } from '../settings/SecretOnce.tsx';

const path = '/v1/worker-tokens';

/** Tokens with which workers elsewhere ask for work. */
export function WorkerTokensTab() {
  const t = useTranslations('operation.tokens');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const now = useNow(60_000) ?? 0;
  const { data, error } = useItems<ShownWorkerToken>(path);
  const [making, setMaking] = useState(false);
  const [going, setGoing] = useState<ShownWorkerToken | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => callApi(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: async () => {
      setGoing(null);
      await queries.invalidateQueries({ queryKey: [path] });
    },
  });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full" />;
  return (
    <div className="flex flex-col gap-4">
      <OwnList icon={Server} emptyTitle={t('emptyTitle')} text={t('text')} make={t('make')} onMake={() => setMaking(true)} empty={data.length === 0}>
        <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
          {data.map((token) => (
            <li key={token.id} className="flex items-center gap-3 p-4">
              <div className="min-w-0 flex-1">
                <p className="text-sm font-medium break-words">{token.name}</p>
                <p className="text-xs text-faint">
                  <span className="font-mono">{token.prefix}…</span>
                  {' · '}
                  {[t('made', { who: token.madeBy.name, when: format.moment(token.createdAt) }), token.lastUsedAt === null ? t('neverUsed') : t('used', { when: format.ago(token.lastUsedAt, now) })].join(' · ')}
                </p>
              </div>
              <Button size="small" look="danger" onClick={() => setGoing(token)}>
                {t('revoke')}
              </Button>
            </li>
          ))}
        </ul>
      </OwnList>
      {making && <NewTokenDialog onClose={() => setMaking(false)} />}
      <ConfirmDialog
        open={going !== null}
        onClose={() => {
          setGoing(null);
          revoke.reset();
        }}
        title={t('revokeTitle', { name: going?.name ?? '' })}
        text={t('revokeText')}
        action={t('revoke')}
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => going !== null && revoke.mutate(going.id)}
      />
    </div>
  );
}

function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('operation.tokens');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => callApi<z.infer<typeof madeWorkerToken>>(path, { method: 'POST', body: { name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
  });
  if (make.data !== undefined) {
    return (
      <Dialog open onOpenChange={(open) => !open && onClose()} title={t('madeTitle', { name: make.data.name })} description={t('madeText')} className="sm:max-w-xl" actions={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
        <SecretOnce secret={make.data.token} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('make')}>
      <DialogForm work={make} send={t('makeNow')} leave={t('leave')} onClose={onClose}>
        <Field label={t('name')} hint={t('nameHint')}>
          {(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} required maxLength={100} pattern=".*\S.*" autoComplete="off" />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
