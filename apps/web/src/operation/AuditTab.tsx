'use client';

import type { UserOverview } from '@thaw/contract/accounts';
import { auditAction, type AuditAction, type AuditEvent } from '@thaw/contract/audit';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { usePages } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { MoreButton } from '../components/ui/MoreButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Select } from '../components/ui/Select.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';

const all = '*';

/** What anybody did that one may have to account for, newest first. */
export function AuditTab() {
  const t = useTranslations('operation.audit');
  const sentence = useProblemSentence();
  const [action, setAction] = useState<AuditAction | typeof all>(all);
  const found = usePages<AuditEvent>('/v1/audit', { everyone: 'true', ...(action !== all && { action }) });
  return (
    <div className="flex flex-col gap-4">
      <Select
        aria-label={t('action')}
        value={action}
        onChange={setAction}
        className="w-full sm:w-60"
        options={[{ value: all, label: t('all') }, ...auditAction.options.map((value) => ({ value, label: t(`actions.${value}`) }))]}
      />
      {found.error !== null && <Notice tone="bad">{sentence(found.error)}</Notice>}
      {found.items === undefined && found.error === null && <Skeleton className="h-64 w-full" />}
      {found.items?.length === 0 && <p className="py-8 text-center text-sm text-muted">{t('empty')}</p>}
      {found.items !== undefined && found.items.length > 0 && <AuditTable events={found.items} />}
      <MoreButton of={found} />
    </div>
  );
}

function AuditTable({ events }: { events: readonly AuditEvent[] }) {
  const t = useTranslations('operation.audit');
  const format = useFormats();
  // Names say more than ids; of the people who are not among these the id is shown.
  const names = new Map(usePages<UserOverview>('/v1/users').items?.map(({ id, name }) => [id, name]));
  return (
    <Table aria-label={t('label')}>
      <thead>
        <tr>
          <HeadCell>{t('at')}</HeadCell>
          <HeadCell>{t('action')}</HeadCell>
          <HeadCell>{t('details')}</HeadCell>
          <HeadCell>{t('actor')}</HeadCell>
        </tr>
      </thead>
      <tbody>
        {events.map(({ id, at, actor, action, subject, details }) => (
          <tr key={id}>
            <Cell className="align-top whitespace-nowrap text-muted tabular-nums">{format.moment(at)}</Cell>
            <Cell className="align-top font-medium whitespace-nowrap">{t(`actions.${action}`)}</Cell>
            <Cell className="min-w-60 align-top">
              <span className="break-words">{Object.values(details).flat().join(', ')}</span>
              <span className="block font-mono text-xs break-all text-faint">{subject}</span>
            </Cell>
            <Cell className="align-top break-words">{actor === 'system' || actor === 'anonymous' ? t(`actors.${actor}`) : (names.get(actor) ?? <span className="font-mono text-xs">{actor}</span>)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
