'use client';

import { maxKeysPerOwner, type ShownKey } from '@thaw/contract/apiKeys';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { OwnList } from '../components/ui/OwnList.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useNow } from '../i18n/useNow.ts';
import { NewKeyDialog } from './NewKeyDialog.tsx';

const path = '/v1/api-keys';

/** Keys with which programs work in one's name. */
export function KeysTab() {
  const t = useTranslations('settings.keys');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const now = useNow(60_000) ?? 0;
  const { data, error } = useItems<ShownKey>(path);
  const [making, setMaking] = useState(false);
  const [going, setGoing] = useState<ShownKey | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => callApi(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: async () => {
      setGoing(null);
      await queries.invalidateQueries({ queryKey: [path] });
    },
  });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full max-w-3xl" />;
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <OwnList icon={KeyRound} emptyTitle={t('emptyTitle')} text={t('text')} make={t('make')} onMake={() => setMaking(true)} full={data.length >= maxKeysPerOwner} empty={data.length === 0}>
        <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
          {data.map((key) => {
            const expired = key.expiresAt !== null && Date.parse(key.expiresAt) < now;
            return (
              <li key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
                    <span className="break-words">{key.name}</span>
                    {key.scopes.map((scope) => (
                      <Badge key={scope} tone={scope === 'admin' ? 'warn' : 'plain'}>
                        {t(`scopes.${scope}`)}
                      </Badge>
                    ))}
                    {expired && <Badge tone="bad">{t('expired')}</Badge>}
                  </p>
                  <p className="mt-0.5 text-xs text-faint">
                    <span className="font-mono">{key.prefix}…</span>
                    {' · '}
                    {[
                      t('made', { when: format.moment(key.createdAt) }),
                      key.lastUsedAt === null ? t('neverUsed') : t('used', { when: format.ago(key.lastUsedAt, now) }),
                      ...(key.expiresAt === null ? [] : [t('until', { when: format.moment(key.expiresAt) })]),
                    ].join(' · ')}
                  </p>
                </div>
                <Button size="small" look="danger" onClick={() => setGoing(key)}>
                  {t('revoke')}
                </Button>
              </li>
            );
          })}
        </ul>
      </OwnList>
      {making && <NewKeyDialog onClose={() => setMaking(false)} />}
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
