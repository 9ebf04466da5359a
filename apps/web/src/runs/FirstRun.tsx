'use client';

import type { Run } from '@thaw/contract/runs';
import { useMutation } from '@tanstack/react-query';
import { Rocket } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Notice } from '../components/ui/Notice.tsx';

/** Where there is no run yet: a click starts one. */
export function FirstRun() {
  const t = useTranslations('runs.first');
  const sentence = useProblemSentence();
  const router = useRouter();
  const start = useMutation({
    mutationFn: () => callApi<Run>('/v1/runs', { method: 'POST', body: { preset: 'quick' } }),
    onSuccess: ({ id }) => router.push(`/runs/${id}`),
  });
  return (
    <EmptyState
      icon={Rocket}
      title={t('title')}
      actions={
        <>
          <Button look="primary" size="large" busy={start.isPending} onClick={() => start.mutate()}>
            {t('quick')}
          </Button>
          <Button asChild size="large">
            <Link href="/runs/new">{t('choose')}</Link>
          </Button>
        </>
      }
    >
      <p>{t('text')}</p>
      {start.error !== null && (
        <div className="mt-3 text-left">
          <Notice tone="bad" alert>
            {sentence(start.error)}
          </Notice>
        </div>
      )}
    </EmptyState>
  );
}
