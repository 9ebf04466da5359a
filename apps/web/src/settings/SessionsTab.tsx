'use client';

import type { BrowserSession } from '@thaw/contract/accounts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LogOut, Monitor, Smartphone } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { browserName } from './browserName.ts';
import { shortAddress } from './shortAddress.ts';

const path = '/v1/account/sessions';

/** Browsers that are signed in, and the ways to end that. */
export function SessionsTab() {
  const t = useTranslations('settings.sessions');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const { data, error } = useItems<BrowserSession>(path);
  const end = useMutation({
    mutationFn: (rest: string) => callApi<undefined>(`${path}${rest}`, { method: 'DELETE' }),
    onSuccess: async (_, rest) => {
      if (rest === '') window.location.assign('/sign-in');
      await queries.invalidateQueries({ queryKey: [path] });
    },
    onError: (failure) => toast.error(sentence(failure)),
  });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full max-w-3xl" />;
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
        {data.map(({ id, current, createdAt, lastUsedAt, address, browser }) => {
          const Icon = /Mobile|Android|iPhone/.test(browser ?? '') ? Smartphone : Monitor;
          return (
            <li key={id} className="flex items-center gap-3 p-4">
              <Icon className="size-5 shrink-0 text-faint" aria-hidden />
              <div className="min-w-0 flex-1">
                <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
                  {browserName(browser) ?? t('unknown')}
                  {current && <Badge tone="good">{t('current')}</Badge>}
                </p>
                <p className="text-xs break-words text-faint">{[...(address === null ? [] : [shortAddress(address)]), t('since', { when: format.moment(createdAt) }), t('used', { when: format.moment(lastUsedAt) })].join(' · ')}</p>
              </div>
              {!current && (
                <Button size="small" disabled={end.isPending} onClick={() => end.mutate(`/${encodeURIComponent(id)}`)}>
                  {t('end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button busy={end.isPending} disabled={data.length < 2} onClick={() => end.mutate('?keep=current')}>
          {t('endOthers')}
        </Button>
        <Button look="danger" busy={end.isPending} onClick={() => end.mutate('')}>
          <LogOut aria-hidden />
          {t('endAll')}
        </Button>
      </div>
    </div>
  );
}
