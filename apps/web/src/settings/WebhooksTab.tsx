'use client';

import type { Webhook } from '@thaw/contract/webhooks';
import { Webhook as WebhookIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useItems } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { OwnList } from '../components/ui/OwnList.tsx';
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
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <OwnList icon={WebhookIcon} emptyTitle={t('emptyTitle')} text={t('text')} make={t('make')} onMake={() => setMaking(true)} empty={data.length === 0}>
        {data.map((webhook) => (
          <WebhookCard key={webhook.id} webhook={webhook} />
        ))}
      </OwnList>
      {making && <WebhookDialog webhook={null} onClose={() => setMaking(false)} />}
    </div>
  );
}
