'use client';

import type { AuditEvent } from '@thaw/contract/audit';
import { useTranslations } from 'next-intl';
import { usePages } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { MoreButton } from '../components/ui/MoreButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';

/** What was done that one may have to account for, newest first. */
export function AuditTab() {
  const t = useTranslations('operation.audit');
  const format = useFormats();
  const sentence = useProblemSentence();
  const found = usePages<AuditEvent>('/v1/audit');
  if (found.error !== null) return <Notice tone="bad">{sentence(found.error)}</Notice>;
  if (found.items === undefined) return <Skeleton className="h-64 w-full" />;
  if (found.items.length === 0) return <p className="py-8 text-center text-sm text-muted">{t('empty')}</p>;
  return (
    <div className="flex flex-col">
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
          {found.items.map(({ id, at, actor, action, subject, details }) => (
            <tr key={id}>
              <Cell className="align-top whitespace-nowrap text-muted tabular-nums">{format.moment(at)}</Cell>
              <Cell className="align-top font-medium whitespace-nowrap">{t(`actions.${action}`)}</Cell>
              <Cell className="min-w-60 align-top">
                <span className="break-words">{Object.values(details).flat().join(', ')}</span>
                <span className="block font-mono text-xs break-all text-faint">{subject}</span>
              </Cell>
              <Cell className="min-w-56 align-top font-mono text-xs break-all text-muted">{actor === 'system' || actor === 'anonymous' ? t(`actors.${actor}`) : actor}</Cell>
            </tr>
          ))}
        </tbody>
      </Table>
      <MoreButton of={found} />
    </div>
  );
}
