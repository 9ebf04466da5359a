'use client';

import type { Run } from '@thaw/contract/runs';
import type { WorkerInfo } from '@thaw/contract/worker';
import { useQuery } from '@tanstack/react-query';
import { Cpu, Server } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { callApi } from '../api/callApi.ts';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Card } from '../components/ui/Card.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { Cell, HeadCell, Table } from '../components/ui/Table.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useNow } from '../i18n/useNow.ts';
import { Page } from '../shell/Page.tsx';

const refetchInterval = 5_000;
/** A worker that has said nothing for so long is away. */
const awayMilliseconds = 60_000;

/** Who is at work, and what waits for its turn. */
export function WorkersPage() {
  const t = useTranslations('operation.workers');
  return (
    <Page title={t('title')} description={t('description')}>
      <div className="flex flex-col gap-6">
        <Workers />
        <Queue />
      </div>
    </Page>
  );
}

function Workers() {
  const t = useTranslations('operation.workers');
  const format = useFormats();
  const sentence = useProblemSentence();
  const now = useNow(5_000) ?? 0;
  const { data, error } = useItems<WorkerInfo>('/v1/workers', { refetchInterval });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-32 w-full" />;
  if (data.length === 0) {
    return (
      <Card>
        <EmptyState icon={Server} title={t('emptyTitle')}>
          {t('emptyText')}
        </EmptyState>
      </Card>
    );
  }
  return (
    <Table aria-label={t('title')}>
      <thead>
        <tr>
          <HeadCell>{t('name')}</HeadCell>
          <HeadCell>{t('device')}</HeadCell>
          <HeadCell>{t('state')}</HeadCell>
          <HeadCell>{t('run')}</HeadCell>
          <HeadCell className="text-right">{t('seen')}</HeadCell>
        </tr>
      </thead>
      <tbody>
        {data.map(({ id, name, device, lastSeenAt, busy, run }) => {
          const away = now - Date.parse(lastSeenAt) > awayMilliseconds && !busy;
          return (
            <tr key={id}>
              <Cell className="max-w-64 truncate font-medium">{name}</Cell>
              <Cell>
                <span className="inline-flex items-center gap-2 whitespace-nowrap text-muted">
                  <Cpu className="size-4 shrink-0 text-faint" aria-hidden />
                  <Badge tone={device.type === 'gpu' ? 'accent' : 'plain'}>{device.type.toUpperCase()}</Badge>
                  {device.name}
                </span>
              </Cell>
              <Cell>
                <Badge tone={busy ? 'accent' : away ? 'plain' : 'good'}>{busy ? t('busy') : away ? t('away') : t('idle')}</Badge>
              </Cell>
              <Cell>
                {run === null ? (
                  <span className="text-faint">{busy ? t('others') : '–'}</span>
                ) : (
                  <Link href={`/runs/${run}`} className="text-accent hover:underline">
                    {t('yours')}
                  </Link>
                )}
              </Cell>
              <Cell className="text-right whitespace-nowrap text-muted">{now === 0 ? '' : format.ago(lastSeenAt, now)}</Cell>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function Queue() {
  const t = useTranslations('operation.queue');
  const waits = useTranslations('run.notices.waitsFor');
  const format = useFormats();
  const sentence = useProblemSentence();
  const now = useNow(5_000) ?? 0;
  const { data, error } = useQuery({
    queryKey: ['runs', 'queue'],
    queryFn: async ({ signal }) => (await callApi<{ items: Run[] }>('/v1/runs?status=queued&limit=100', { signal })).items,
    refetchInterval,
  });
  const sorted = [...(data ?? [])].sort((a, b) => (a.queuePosition ?? Infinity) - (b.queuePosition ?? Infinity));
  return (
    <Card title={t('title')}>
      {error !== null && <Notice tone="bad">{sentence(error)}</Notice>}
      {data === undefined && error === null && <Skeleton className="h-8 w-full" />}
      {data?.length === 0 && <p className="text-sm text-muted">{t('empty')}</p>}
      <ol className="divide-y divide-line">
        {sorted.map(({ id, name, queuePosition, waitsFor, createdAt }) => (
          <li key={id} className="flex items-baseline gap-3 py-2 text-sm">
            <span className="w-8 shrink-0 text-right text-faint tabular-nums">{queuePosition === null ? '–' : format.count(queuePosition)}</span>
            <span className="min-w-0 flex-1">
              <Link href={`/runs/${id}`} className="font-medium break-words hover:text-accent">
                {name}
              </Link>
              {waitsFor !== null && <span className="block text-xs text-faint">{waits(waitsFor)}</span>}
            </span>
            <span className="text-xs whitespace-nowrap text-faint">{now === 0 ? '' : format.ago(createdAt, now)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
