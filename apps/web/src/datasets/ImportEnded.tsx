'use client';

import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import { ingestFailurePolicies } from '@thaw/contract/ingestFailures';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import Link from 'next/link';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { datasetPath, refreshDataset } from './queries.ts';

/** Says of the newest version why it did not come about, and what can be done. Nothing where it did. */
export function ImportEnded({ dataset, version }: { dataset: Dataset; version: DatasetVersion }) {
  const t = useTranslations('datasets.ended');
  const locale = useLocale();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const { failure, status } = version;
  const path = datasetPath(version.dataset, `/versions/${version.version}`);
  const onError = (error: Error): unknown => toast.error(sentence(error));
  const onSettled = (): Promise<void> => refreshDataset(queries, dataset.id);
  const retry = useMutation({ mutationFn: () => callApi(`${path}/retry`, { method: 'POST' }), onError, onSettled });
  const remove = useMutation({ mutationFn: () => callApi(path, { method: 'DELETE' }), onError, onSettled });
  if (status === 'ready') return null;
  const said = failure === null ? t('cancelledText') : locale === 'en' ? failure.message : `${t(`failures.${failure.code}`)}\n${failure.message}`;
  return (
    <div className="flex flex-col gap-3">
      <Notice tone={failure === null ? 'info' : 'bad'} title={failure === null ? t('cancelled', { version: version.version }) : t('failed', { version: version.version })}>
        {said}
        <span className="mt-3 flex flex-wrap gap-2">
          {failure !== null && ingestFailurePolicies[failure.code].retry && (
            <Button size="small" look="primary" busy={retry.isPending} onClick={() => retry.mutate()}>
              {t('retry')}
            </Button>
          )}
          {version.origin.kind === 'upload' && (
            <Button asChild size="small">
              <Link href={`/datasets/new?dataset=${encodeURIComponent(dataset.id)}`}>{t('uploadAgain')}</Link>
            </Button>
          )}
          <Button size="small" look="quiet" busy={remove.isPending} onClick={() => remove.mutate()}>
            {t('remove')}
          </Button>
        </span>
      </Notice>
    </div>
  );
}
