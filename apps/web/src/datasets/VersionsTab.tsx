'use client';

import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Badge } from '../components/ui/Badge.tsx';
import { Button } from '../components/ui/Button.tsx';
import { ConfirmDialog } from '../components/ui/ConfirmDialog.tsx';
import { Notice } from '../components/ui/Notice.tsx';
import { Skeleton } from '../components/ui/Skeleton.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { DatasetStatus } from './DatasetStatus.tsx';
import { countImages, hasEnded } from './facts.ts';
import { datasetPath, refreshDataset, useVersions } from './queries.ts';
import { usePlace } from './usePlace.ts';
import { useOrigin } from './useOrigin.ts';

/** How the data set came to be what it is: each version with where it comes from. */
export function VersionsTab({ dataset, shown }: { dataset: Dataset; shown: number }) {
  const t = useTranslations('datasets.versions');
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const [going, setGoing] = useState<number | null>(null);
  const [, go] = usePlace();
  const { data, error } = useVersions(dataset.id);
  const remove = useMutation({
    mutationFn: (version: number) => callApi(datasetPath(dataset.id, `/versions/${version}`), { method: 'DELETE' }),
    onSuccess: async (_, version) => {
      setGoing(null);
      if (version === shown) go({ version: null });
      await refreshDataset(queries, dataset.id);
    },
  });
  if (error !== null) return <Notice tone="bad">{sentence(error)}</Notice>;
  if (data === undefined) return <Skeleton className="h-40 w-full" />;
  return (
    <>
      <ol className="divide-y divide-line rounded-xl border border-line bg-surface">
        {data.map((version) => (
          <VersionRow key={version.version} version={version} isShown={version.version === shown} onShow={() => go({ version: version.version === dataset.version ? null : version.version })} onDelete={() => setGoing(version.version)} />
        ))}
      </ol>
      <ConfirmDialog
        open={going !== null}
        onClose={() => {
          setGoing(null);
          remove.reset();
        }}
        title={t('deleteTitle', { version: going ?? 0 })}
        text={t('deleteText')}
        action={t('deleteNow')}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => going !== null && remove.mutate(going)}
      />
    </>
  );
}

interface VersionRowProps {
  version: DatasetVersion;
  isShown: boolean;
  onShow: () => void;
  onDelete: () => void;
}

function VersionRow({ version, isShown, onShow, onDelete }: VersionRowProps) {
  const t = useTranslations('datasets');
  const format = useFormats();
  const origin = useOrigin(version.origin);
  const { status, failure } = version;
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 p-4">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <div className="flex flex-wrap items-center gap-2">
          <span className="text-sm font-semibold">{t('versions.number', { version: version.version })}</span>
          <DatasetStatus status={status} />
          {isShown && <Badge tone="accent">{t('versions.shown')}</Badge>}
        </div>
        <p className="text-sm break-words text-muted">{origin}</p>
        <p className="text-xs text-faint" suppressHydrationWarning>
          {[
            format.moment(version.createdAt),
            ...(status === 'ready' ? [t('facts.classes', { count: version.classes.length }), t('facts.images', { count: countImages(version) })] : []),
            ...(version.bytes === null ? [] : [format.bytes(version.bytes)]),
          ].join(' · ')}
        </p>
        {failure !== null && <p className="text-sm text-bad">{failure.message}</p>}
      </div>
      <div className="flex gap-2">
        {status === 'ready' && !isShown && (
          <Button size="small" onClick={onShow}>
            {t('versions.show')}
          </Button>
        )}
        {hasEnded(status) && (
          <Button size="icon" look="quiet" aria-label={t('versions.delete', { version: version.version })} onClick={onDelete}>
            <Trash2 aria-hidden />
          </Button>
        )}
      </div>
    </li>
  );
}
