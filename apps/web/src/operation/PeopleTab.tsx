'use client';

import type { ChangeUserRequest, UserOverview } from '@thaw/contract/accounts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, CircleCheck, Ellipsis, Gauge, Shield, ShieldOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useDeferredValue, useState } from 'react';
import { toast } from '../components/ui/toast.ts';
import { useAccount } from '../account/AccountContext.tsx';
import { callApi } from '../api/callApi.ts';
import { usePages } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { Input } from '../components/ui/Field.tsx';
import { Menu, MenuItem, MenuSeparator } from '../components/ui/Menu.tsx';
import { MoreButton } from '../components/ui/MoreButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { QuotaDialog } from './QuotaDialog.tsx';

const path = '/v1/users';

/** Everyone with an account: roles, locks and quotas. */
export function PeopleTab() {
  const t = useTranslations('operation.people');
  const sentence = useProblemSentence();
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim());
  const found = usePages<UserOverview>(path, wanted === '' ? {} : { search: wanted });
  const [quotaOf, setQuotaOf] = useState<UserOverview | null>(null);
  return (
    <div className="flex flex-col gap-4">
      <Input type="search" value={search} onChange={(event) => setSearch(event.target.value)} aria-label={t('search')} placeholder={t('search')} className="max-w-72" />
      {found.error !== null && <Notice tone="bad">{sentence(found.error)}</Notice>}
      {found.items === undefined && found.error === null && <Skeleton className="h-40 w-full" />}
      {found.items?.length === 0 && <p className="py-8 text-center text-sm text-muted">{t('noMatch')}</p>}
      {found.items !== undefined && found.items.length > 0 && (
        <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
          {found.items.map((person) => (
            <PersonRow key={person.id} person={person} onQuota={() => setQuotaOf(person)} />
          ))}
        </ul>
      )}
      <MoreButton of={found} />
      {quotaOf !== null && <QuotaDialog person={quotaOf} onClose={() => setQuotaOf(null)} />}
    </div>
  );
}

function PersonRow({ person, onQuota }: { person: UserOverview; onQuota: () => void }) {
  const t = useTranslations('operation.people');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const me = useAccount().id === person.id;
  const change = useMutation({
    mutationFn: (body: ChangeUserRequest) => callApi<UserOverview>(`${path}/${encodeURIComponent(person.id)}`, { method: 'PATCH', body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
    onError: (error) => toast.error(sentence(error)),
  });
  const isAdministrator = person.role === 'administrator';
  return (
    <li className="flex items-center gap-3 p-4">
      <span aria-hidden className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-strong uppercase">
        {[...person.name][0] ?? '?'}
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
          <span className="break-words">{person.name}</span>
          {me && <Badge>{t('you')}</Badge>}
          {isAdministrator && <Badge tone="accent">{t('administrator')}</Badge>}
          {person.disabled && <Badge tone="bad">{t('disabled')}</Badge>}
          {!person.emailVerified && <Badge tone="warn">{t('unconfirmed')}</Badge>}
        </p>
        <p className="text-xs break-words text-faint">
          {person.email} · {t('since', { when: format.moment(person.createdAt) })}
        </p>
      </div>
      <Menu
        trigger={
          <Button size="icon" look="quiet" aria-label={t('more', { name: person.name })} busy={change.isPending}>
            {!change.isPending && <Ellipsis aria-hidden />}
          </Button>
        }
      >
        <MenuItem onSelect={onQuota}>
          <Gauge aria-hidden />
          {t('quota')}
        </MenuItem>
        <MenuItem disabled={me} onSelect={() => change.mutate({ role: isAdministrator ? 'user' : 'administrator' })}>
          {isAdministrator ? <ShieldOff aria-hidden /> : <Shield aria-hidden />}
          {isAdministrator ? t('makeUser') : t('makeAdministrator')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger={!person.disabled} disabled={me} onSelect={() => change.mutate({ disabled: !person.disabled })}>
          {person.disabled ? <CircleCheck aria-hidden /> : <Ban aria-hidden />}
          {person.disabled ? t('enable') : t('disable')}
        </MenuItem>
      </Menu>
    </li>
  );
}
