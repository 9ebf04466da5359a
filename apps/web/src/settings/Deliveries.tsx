'use client';

import type { WebhookDelivery } from '@thaw/contract/webhooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { usePages } from '../api/useList.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { MoreButton } from '../components/ui/MoreButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';

const tones = { pending: 'accent', succeeded: 'good', failed: 'bad' } as const;

/** What was sent to a webhook, newest first, and what it answered. */
export function Deliveries({ webhook }: { webhook: string }) {
  const t = useTranslations('settings.deliveries');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const path = `/v1/webhooks/${webhook}/deliveries` as const;
  const found = usePages<WebhookDelivery>(path, {}, 20);
  const waits = found.items?.some(({ status }) => status === 'pending') ?? false;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: [path] }), 2000);
    return () => clearInterval(timer);
  }, [queries, path, waits]);
  const again = useMutation({
    mutationFn: (id: string) => callApi(`${path}/${id}/retry`, { method: 'POST' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [path] }),
    onError: (error) => toast.error(sentence(error)),
  });
  if (found.error !== null) return <Notice tone="bad">{sentence(found.error)}</Notice>;
  if (found.items === undefined) return <Skeleton className="h-16 w-full" />;
  if (found.items.length === 0) return <p className="px-2 text-sm text-muted">{t('empty')}</p>;
  return (
    <div>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {found.items.map(({ id, type, status, attempts, tries, createdAt, message }) => {
          const last = tries.at(-1);
          return (
            <li key={id}>
              <details>
                <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-lg px-3 py-2 text-sm hover:bg-hover">
                  <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>
                  <code className="text-xs">{type}</code>
                  <span className="ml-auto text-xs text-faint tabular-nums">
                    {[...(typeof last?.responseStatus === 'number' ? [String(last.responseStatus)] : []), ...(attempts > 1 ? [t('tries', { count: attempts })] : []), format.moment(createdAt)].join(' · ')}
                  </span>
                </summary>
                <div className="flex flex-col gap-2 px-3 pb-3">
                  {tries.map((one) => (
                    <p key={one.at} className="text-xs text-muted">
                      {format.clock(one.at)} · {one.milliseconds} ms · {one.error ?? one.responseStatus}
                    </p>
                  ))}
                  <pre className="max-h-60 overflow-auto rounded-lg bg-hover p-2 font-mono text-xs" tabIndex={0}>
                    {JSON.stringify(message, null, 2)}
                  </pre>
                  {status === 'failed' && (
                    <Button size="small" className="w-fit" disabled={again.isPending} onClick={() => again.mutate(id)}>
                      {t('again')}
                    </Button>
                  )}
                </div>
              </details>
            </li>
          );
        })}
      </ul>
      <MoreButton of={found} />
    </div>
  );
}
