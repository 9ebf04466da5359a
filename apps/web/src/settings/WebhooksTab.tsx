'use client';

import type { Webhook } from '@thaw/contract/webhooks';
import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { WebhookCard } from './WebhookCard.tsx';
import { WebhookDialog } from './WebhookDialog.tsx';

/** Addresses that are told when runs and data sets come to an end. */
export function WebhooksTab() {
  const t = useTranslations('settings.webhooks');
  const sentence = useProblemSentence();
  const { data, error } = useItems<Webhook>('/v1/webhooks');
  const [making, setMaking] = useState(false);
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full max-w-3xl" />;
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      {t('make')}
    </Button>
  );
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      {data.length === 0 ? (
        <EmptyState icon={WebhookIcon} title={t('emptyTitle')} actions={make}>
          {t('text')}
        </EmptyState>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-xl text-sm text-muted">{t('text')}</p>
            {make}
          </div>
          {data.map((webhook) => (
            <WebhookCard key={webhook.id} webhook={webhook} />
          ))}
        </>
      )}
      {making && <WebhookDialog webhook={null} onClose={() => setMaking(false)} />}
    </div>
  );
}
